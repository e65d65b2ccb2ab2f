# SPDX-License-Identifier: Apache-2.0
"""One boot under QEMU: what is booted (Boot), and a running machine with its console (Machine)."""
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from coffer import boards, images as guest_images
from coffer.tell import CofferError

CRASH = re.compile(r'Panic on CPU|Xen BUG|cofferdam: panic|Kernel panic|Internal error: |Oops:|rcu: INFO: .*stall|'
                   r'BUG: soft lockup')


@dataclasses.dataclass
class Boot:
    """What to boot on what. Times, console and life are Machine's business."""
    hypervisor: pathlib.Path
    images: guest_images.Images
    machine: str = 'virt'
    gic: int = 3
    cpu: str = ''
    smp: int = 0                    # 0: the board's usual number
    mem: int = 0                    # MiB; 0: the board's usual size
    dom0_mem: int = 512             # MiB
    xen_args: tuple = ()
    dom0_args: tuple = ()
    qemu_args: tuple = ()
    steps: tuple = ()               # what Dom0 does on its own; none: a shell
    end: str = 'off'
    cells: int = 2                  # how /chosen writes addresses
    xen_tree: bool = False          # make the tree fit Debian's Xen
    kernel: pathlib.Path | None = None
    ramdisk: pathlib.Path | None = None
    extra_modules: tuple = ()
    without: tuple = ()             # kinds of modules to leave out
    tree_edit: str = ''             # device-tree source appended to the board's
    disk: pathlib.Path | None = None
    net: bool = False
    tftp: pathlib.Path | None = None
    reboots: bool = False           # a reset starts the machine again
    steady: bool = False            # no random seeds in the tree

    def __post_init__(self):
        self.board = boards.BOARDS[self.machine]
        self.smp = self.smp or self.board.cpus_usual
        self.mem = self.mem or self.board.memory[1]
        least, _, most = self.board.memory
        if not 1 <= self.smp <= self.board.cpus:
            raise CofferError('%s has 1 to %d CPUs' % (self.machine, self.board.cpus), 'change --smp')
        if not least <= self.mem <= most:
            raise CofferError('%s runs with %d to %d MiB' % (self.machine, least, most), 'change --mem')
        if self.cpu and not self.board.cpu:
            raise CofferError('%s has CPUs of its own' % self.machine, 'leave out --cpu')

    def cpu_model(self):
        """The CPU as QEMU names it."""
        return self.cpu or self.board.cpu

    def qemu_machine(self):
        """QEMU's machine with its properties."""
        seeds = ',dtb-randomness=off' if self.steady and self.machine == 'virt' else ''
        return self.board.qemu.format(gic=self.gic) + seeds

    def xen_words(self):
        """The hypervisor's command line."""
        # Debian's Xen loses output of the ZCU102's UART when it does not wait for it.
        wait = ['sync_console'] if self.xen_tree and self.machine == 'zcu102' else []
        return ['console=dtuart', 'dom0_mem=%dM' % self.dom0_mem, *wait, *self.xen_args]

    def dom0_words(self):
        """The command line of Dom0's kernel."""
        words = ['console=hvc0', 'rdinit=/init', 'loglevel=4', *self.dom0_args]
        if self.steps:
            words += ['coffer.steps=' + ','.join(self.steps), 'coffer.end=' + self.end]
        return words

    def modules(self):
        """What is loaded for the hypervisor."""
        usual = [boards.Module('kernel', self.kernel or self.images.kernel, self.board.kernel),
                 boards.Module('ramdisk', self.ramdisk or self.images.initramfs, self.board.ramdisk)]
        return [module for module in usual if module.kind not in self.without] + list(self.extra_modules)

    def argv(self, folder):
        """QEMU's command line without the console; the device tree is made in folder."""
        out = ['qemu-system-aarch64', '-M', self.qemu_machine(), '-smp', str(self.smp), '-m', str(self.mem),
               '-kernel', str(self.hypervisor), '-dtb', str(boards.make_dtb(self, folder))]
        if self.board.cpu:
            out += ['-cpu', self.cpu_model()]
        for module in self.modules():
            out += ['-device', 'loader,file=%s,addr=0x%x,force-raw=on' % (module.path, module.address)]
        if self.disk:
            out += ['-drive', 'if=none,id=disk,format=raw,file=%s' % self.disk,
                    '-device', 'virtio-blk-device,drive=disk']
        if self.net:
            tftp = ',tftp=%s' % self.tftp if self.tftp else ''
            out += ['-netdev', 'user,id=net' + tftp, '-device', 'virtio-net-pci,netdev=net,romfile=']
        else:
            out += ['-nic', 'none']
        if not self.reboots:
            out += ['-no-reboot']
        return out + list(self.qemu_args)


def make_disk(folder):
    """A small ext4 disk with a file and its checksum, and the same two files for TFTP."""
    served = folder / 'served'
    served.mkdir(exist_ok=True)
    data = bytes((i * 2654435761 >> 13) & 0xff for i in range(1 << 20))
    (served / 'payload').write_bytes(data)
    with open(served / 'payload.sha256', 'w', encoding='utf-8') as f:
        subprocess.run(['sha256sum', 'payload'], cwd=served, stdout=f, check=True)
    disk = folder / 'disk.img'
    tool = '/sbin/mke2fs'
    done = subprocess.run([tool, '-q', '-F', '-t', 'ext4', '-d', str(served), str(disk), '32M'], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise CofferError('mke2fs failed: %s' % done.stdout.strip(), 'check the free space in the temporary folder')
    return disk, served


class Lost(Exception):
    """The console did not show what was waited for."""


class Machine:
    """A running QEMU, its console as text without carriage returns. Ends with the with block."""

    def __init__(self, boot, folder, log, limit=300, echo=None):
        self.text = ''
        self._place = 0
        self._more = threading.Condition()
        self._ended = False
        self._log = open(log, 'w', encoding='utf-8')  # pylint: disable=consider-using-with
        self._echo = echo
        argv = ['timeout', str(limit), *boot.argv(folder), '-display', 'none', '-monitor', 'none',
                '-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console']
        self._log.write('# %s\n' % ' '.join(argv))
        self.start = time.monotonic()
        self._qemu = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,  # pylint: disable=consider-using-with
                                      stderr=subprocess.STDOUT, start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        fd = self._qemu.stdout.fileno()
        partial, held = '', b''
        while True:
            data = os.read(fd, 65536)
            if not data:
                break
            held = (held + data).replace(b'\r', b'')
            text = held.decode('utf-8', 'replace')
            held = b''
            partial += text
            *lines, partial = partial.split('\n')
            for line in lines:
                self._log.write('%8.2f %s\n' % (time.monotonic() - self.start, line))
                if self._echo:
                    self._echo(line)
            self._log.flush()
            with self._more:
                self.text += text
                self._more.notify_all()
        self._log.write('%8.2f %s\n# end of the console\n' % (time.monotonic() - self.start, partial))
        self._log.flush()
        with self._more:
            self._ended = True
            self._more.notify_all()

    def expect(self, pattern, limit=60, crash_ok=False):
        """Wait until pattern (multi-line regex) is on the console after the last match; returns the match."""
        wanted, until = re.compile(pattern, re.M), time.monotonic() + limit
        with self._more:
            while True:
                found = wanted.search(self.text, self._place)
                if found:
                    self._place = found.end()
                    return found
                crash = CRASH.search(self.text, self._place)
                if crash and not crash_ok:
                    self._more.wait(1)
                    raise Lost('crash while waiting for %r%s' % (pattern, self.tail()))
                left = until - time.monotonic()
                if self._ended:
                    raise Lost('QEMU ended while waiting for %r%s' % (pattern, self.tail()))
                if left <= 0:
                    raise Lost('not within %d s: %r%s' % (limit, pattern, self.tail()))
                self._more.wait(min(left, 1))

    def absent(self, pattern, seconds):
        """Watch for so many seconds that pattern does not come."""
        try:
            self.expect(pattern, seconds)
        except Lost as lost:
            if 'not within' in str(lost):
                return
            raise
        raise Lost('%r came, which must not%s' % (pattern, self.tail()))

    def send(self, text):
        """Type on the console."""
        self._qemu.stdin.write(text.encode())
        self._qemu.stdin.flush()

    def command(self, text, limit=60):
        """Run a line in Dom0's shell; returns what it printed."""
        mark = '%d' % (time.monotonic_ns() % 10**9)
        self.send('echo b""%s; %s; echo e""%s-$?\n' % (mark, text, mark))
        self.expect('^b%s$' % mark, limit)
        begin = self._place
        end = self.expect(r'^e%s-(\d+)$' % mark, limit)
        if end.group(1) != '0':
            raise Lost('%r gave exit status %s%s' % (text, end.group(1), self.tail()))
        return self.text[begin:end.start()].strip('\n')

    def shell(self, limit=90):
        """Wait for Dom0's prompt."""
        self.expect(r'^dom0:\S*# ', limit)

    def wait_end(self, limit=30):
        """Wait for QEMU to end by itself; returns its exit status."""
        with self._more:
            self._more.wait_for(lambda: self._ended, limit)
            if not self._ended:
                raise Lost('the machine still runs after %d s%s' % (limit, self.tail()))
        return self._qemu.wait(10)

    def alive(self):
        """Does QEMU run?"""
        return self._qemu.poll() is None

    def tail(self, lines=25):
        """The end of the console, for messages."""
        return '\n  | ' + '\n  | '.join(self.text.split('\n')[-lines:])

    def close(self):
        """End QEMU (only this one) and the log."""
        if self._qemu.poll() is None:
            os.killpg(self._qemu.pid, signal.SIGTERM)
            try:
                self._qemu.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._qemu.pid, signal.SIGKILL)
                self._qemu.wait()
        self._reader.join(10)
        for stream in (self._qemu.stdin, self._qemu.stdout, self._log):
            try:
                stream.close()
            except OSError:
                pass
