# SPDX-License-Identifier: Apache-2.0
"""The host tool under ASan, a board's device tree and small images, for all tests of this folder."""
import pathlib
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / 'build' / 'tools' / 'cofferdam' / 'cofferdam-checked'


def image(size, offset=0):
    """An arm64 Image of so many bytes: a header and zeros."""
    return struct.pack('<IIQQQQQQ4sI', 0x14000010, 0, offset, size, 0xa, 0, 0, 0, b'ARM\x64', 0).ljust(size, b'\0')


@pytest.fixture(scope='session')
def trees(tmp_path_factory):
    """Folder with virt.dtb: QEMU's GICv3 board with 4 CPUs, 1 GiB and a region reserved."""
    folder = tmp_path_factory.mktemp('trees')
    base = folder / 'base.dtb'
    subprocess.run(['qemu-system-aarch64', '-M', 'virt,virtualization=on,gic-version=3,dtb-randomness=off,dumpdtb=%s'
                    % base, '-cpu', 'cortex-a57', '-smp', '4', '-m', '1024', '-display', 'none', '-nic', 'none'],
                   check=True, stderr=subprocess.DEVNULL)
    text = subprocess.run(['dtc', '-q', '-I', 'dtb', '-O', 'dts', str(base)], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    text += '''
/ { reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
      firmware@7f000000 { reg = <0 0x7f000000 0 0x100000>; }; };
    firmware { provider: clock-controller { compatible = "vendor,clocks"; #clock-cells = <1>; phandle = <0x9000>; };
      expander: expander { interrupt-controller; #interrupt-cells = <2>; phandle = <0x9001>; }; };
    dma@b000000 { compatible = "vendor,dma"; reg = <0 0xb000000 0 0x1000>; interrupts = <0 100 4>;
      clocks = <0x9000 3>; clock-names = "bus"; resets = <0x9000 1>; power-domains = <0x9000 1>;
      vendor,mode = "fast"; port@0 { reg = <0>; }; };
    timer@b001000 { compatible = "arm,sp804"; reg = <0 0xb001000 0 0x1000>; interrupts = <0 101 4>; };
    timer@b002000 { compatible = "arm,sp804"; reg = <0 0xb002000 0 0x1000>; interrupts = <0 101 4>; };
    timer@b003000 { compatible = "arm,sp804"; reg = <0 0xb003000 0 0x1000>; interrupts = <0 0 4>; };
    timer@b004000 { compatible = "arm,sp804"; reg = <0 0xb004000 0 0x1000>; interrupts = <1 5 4>; };
    gpio@b005000 { compatible = "arm,pl061"; reg = <0 0xb005000 0 0x1000>; interrupts-extended = <0x9001 1 4>; };
    timer@b006000 { compatible = "arm,sp804"; reg = <0 0xb006000 0 0x1000>; status = "disabled"; };
    left { twin { }; }; right { twin { }; }; };
'''
    subprocess.run(['dtc', '-q', '-f', '-I', 'dts', '-O', 'dtb', '-o', str(folder / 'virt.dtb')], input=text, text=True,
                   check=True)
    bare = '/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; cpus { }; };'
    subprocess.run(['dtc', '-q', '-I', 'dts', '-O', 'dtb', '-o', str(folder / 'bare.dtb')], input=bare, text=True,
                   check=True)
    (folder / 'cofferdam').write_bytes(image(1 << 20) + b'GICv3\0GICv2\0arm,pl011\0')
    (folder / 'small.img').write_bytes(image(1 << 16))
    (folder / 'large.img').write_bytes(image(96 << 20)[:4096])
    (folder / 'initrd').write_bytes(b'ramdisk' * 1000)
    (folder / 'elf.img').write_bytes(b'\x7fELF'.ljust(4096, b'\0'))
    (folder / 'empty').write_bytes(b'')
    return folder


@pytest.fixture
def tool(trees):
    """Call the tool; images and trees are found. A sanitizer's complaint is no exit status of ours."""
    def call(command, *arguments):
        done = subprocess.run([str(TOOL), command, '-I', str(trees), *map(str, arguments)], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert 'Sanitizer' not in done.stderr and 'runtime error' not in done.stderr, done.stderr
        return done
    return call
