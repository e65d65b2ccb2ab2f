# SPDX-License-Identifier: Apache-2.0
"""Wrong system files: each is refused, at the right line, with what is wrong and a remedy, before anything is built.

A case replaces one line of GOOD; the line that ends in `#!` is the one that must be named."""
import pathlib
import re

import pytest

GOOD = '''\
cofferdam: 1
name: demo
board: {machine: virt-gicv3, device-tree: virt.dtb, cpus: 4, memory: 1GiB}
cpupools:
  - {name: rt, cpus: [2-3], scheduler: rtds}
domains:
  - name: nav
    kernel: small.img
    memory: 32MiB
    cpupool: rt
    schedule: {period: 10ms, budget: 4ms}
  - name: log
    kernel: small.img
    memory: 64MiB
    vcpus: 2
    assign: /timer@b001000
    after: nav
links:
  - name: frames
    kind: memory
    size: 64KiB
    ends: [nav, log]
  - name: bell
    kind: events
    ends:
      - {domain: nav, port: 5}
      - {domain: log, port: 6}
'''
BOARD = 'board: {machine: virt-gicv3, device-tree: virt.dtb, cpus: 4, memory: 1GiB}'
POOL = '  - {name: rt, cpus: [2-3], scheduler: rtds}'
NAV = '    memory: 32MiB'
LOG = '    memory: 64MiB'
ASSIGN = '    assign: /timer@b001000'
BUDGET = '    schedule: {period: 10ms, budget: 4ms}'
ENDS = '    ends: [nav, log]'
SIZE = '    size: 64KiB'
PORT = '      - {domain: log, port: 6}'
VCPUS = '    vcpus: 2'
DMA = '    unsafe-dma: accepted\n    assign: {device: /dma@b000000, clock-rate: 1MHz'
ARINC = '  - {name: rt, cpus: 2, scheduler: arinc653, '

# what it is about: (line of GOOD, what stands there instead, what is said, part of the remedy)
CASES = {
    # The file itself
    'no YAML': (NAV, '    memory: 32MiB: 5 #!', 'not allowed', 'correct the YAML'),
    'a tab': (NAV, '\tmemory: 32MiB #!', '', 'correct the YAML'),
    'wrong schema version': ('cofferdam: 1', 'cofferdam: 2 #!', 'knows version 1', 'write cofferdam: 1'),
    'no schema version': ('cofferdam: 1', '', 'a system needs cofferdam', 'add cofferdam', 'name: demo'),
    'version is a word': ('cofferdam: 1', 'cofferdam: new #!', '"new" is not what cofferdam can be', 'whole number'),
    'a key with a slip': (VCPUS, '    vcpu: 2 #!', 'no key "vcpu"', 'did you mean vcpus'),
    'a key that is nothing': (VCPUS, '    colour: red #!', 'a domain has no key "colour"', 'use name, kernel'),
    'a key twice': (VCPUS, '    vcpus: 2\n    vcpus: 3 #!', 'vcpus is here twice, first in line', 'keep one'),
    'no value': (VCPUS, '    vcpus: #!', 'vcpus has no value', 'write a whole number'),
    'a list for a value': (VCPUS, '    vcpus: [2] #!', 'vcpus has a list', 'whole number'),
    'a word for keys': (BUDGET, '    schedule: often #!', 'schedule is not described', 'write keys'),
    'a domain is a word': ('  - name: log', '  - log #!\n  - name: log', 'a domain is not described', 'name: ...'),
    'a domain without kernel': ('    kernel: small.img', '    ramdisk: initrd', 'a domain needs kernel', 'add kernel',
                                '  - name: nav'),
    'a link without ends': (ENDS, '', 'a link needs ends', 'add ends', '  - name: frames'),
    # Values
    'size without unit': (NAV, '    memory: 32 #!', '"32" is not what size', 'KiB, MiB or GiB'),
    'size with a wrong unit': (NAV, '    memory: 32MB #!', '"32MB"', 'KiB, MiB or GiB'),
    'size below nothing': (NAV, '    memory: -1MiB #!', '"-1MiB"', 'KiB, MiB or GiB'),
    'size beyond 64 bits': (NAV, '    memory: 99999999999GiB #!', '"99999999999GiB"', 'such as 64MiB'),
    'decimal address': (NAV, '    memory: {at: {address: 1610612736, size: 32MiB}} #!', '"1610612736"', 'hexadecimal'),
    'time without unit': (BUDGET, '    schedule: {period: 10, budget: 4ms} #!', '"10"', 'us, ms or s'),
    'truth is yes': (NAV, '    memory: {size: 32MiB, static: yes} #!', '"yes"', 'true or false'),
    'a name with a space': ('name: demo', 'name: my demo #!', '"my demo"', 'at most 15'),
    'a name too long': ('  - name: frames', '  - name: frames-of-the-camera #!', '"frames-of', 'at most 15'),
    'unknown scheduler': (POOL, POOL.replace('rtds', 'fair') + ' #!', '"fair"', 'credit2, credit, null'),
    'unknown action': (VCPUS, '    on-crash: reboot #!', '"reboot"', 'halt, restart'),
    'unknown board': (BOARD, BOARD.replace('virt-gicv3', 'virt') + ' #!', '"virt"', 'virt-gicv3, virt-gicv2'),
    'CPU range backwards': (POOL, POOL.replace('2-3', '3-2') + ' #!', '"3-2"', 'a range such as 2 or 0-3'),
    # The board
    'no board': (BOARD, '', 'a system needs board', 'add board', 'cofferdam'),
    'a board without a tree': (BOARD, 'board: zcu102 #!', 'no device tree of zcu102', 'add device-tree'),
    'an own board without a tree': (BOARD, 'board: {cpus: 4} #!', 'a board without machine', 'add device-tree'),
    'tree is missing': (BOARD, BOARD.replace('virt.dtb', 'none.dtb') + ' #!', 'no file none.dtb', '-I'),
    'tree is no tree': (BOARD, BOARD.replace('virt.dtb', 'small.img') + ' #!', 'no device tree', 'a .dtb'),
    'tree without RAM': (BOARD, BOARD.replace('virt.dtb', 'bare.dtb') + ' #!', 'describes no RAM', 'memory node'),
    'tree without GIC': (BOARD, BOARD.replace('virt.dtb', 'bare.dtb') + ' #!', 'has no GIC', 'GICv2 or GICv3'),
    'too many CPUs for QEMU': (BOARD, BOARD.replace('cpus: 4', 'cpus: 9') + ' #!', '9 CPUs', '1 to 8'),
    'more CPUs than the tree': (BOARD, BOARD.replace('cpus: 4', 'cpus: 6') + ' #!', '4 CPUs, not 6', 'at most 4'),
    'too little RAM for QEMU': (BOARD, BOARD.replace('1GiB', '16MiB') + ' #!', 'cannot have 16MiB', '128MiB to'),
    'RAM of an own board': (BOARD, 'board: {device-tree: virt.dtb, memory: 1GiB} #!', 'can be given memory', 'leave it'),
    'unknown console': ('name: demo', 'name: demo\nhypervisor: {console: serial9} #!', 'no serial9', '/aliases'),
    # Images
    'kernel is missing': ('    kernel: small.img', '    kernel: none.img #!', 'no file none.img', '-I'),
    'kernel is an ELF': ('    kernel: small.img', '    kernel: elf.img #!', 'no arm64 Image header', 'not an ELF'),
    'kernel is empty': ('    kernel: small.img', '    kernel: empty #!', 'empty is empty', 'something in it'),
    'kernel is a folder': ('    kernel: small.img', '    kernel: . #!', 'cannot be read', 'give a file'),
    'ramdisk is missing': (VCPUS, '    ramdisk: none.cpio #!', 'no file none.cpio', '-I'),
    'hypervisor is missing': ('name: demo', 'name: demo\nhypervisor: none #!', 'no file none', '-I'),
    'kernel does not fit': ('    kernel: small.img', '    kernel: large.img', '32MiB of memory do not hold',
                            'give at least', NAV),
    # Names and order
    'nothing to run': (None, 'cofferdam: 1 #!\nname: demo\nboard: {machine: virt-gicv3, device-tree: virt.dtb}\n',
                       'nothing to run', 'add domains'),
    'two domains of a name': ('  - name: log', '  - name: nav #!', 'a second domain is named nav', 'another name'),
    'two pools of a name': (POOL, POOL + '\n  - {name: rt, cpus: 1, scheduler: credit} #!', 'second CPU pool', 'another'),
    'two links of a name': ('  - name: bell', '  - name: frames #!', 'a second link is named frames', 'another name'),
    'unknown pool': ('    cpupool: rt', '    cpupool: fast #!', 'no CPU pool fast', 'one of cpupools'),
    'after nobody': ('    after: nav', '    after: boss #!', 'no domain boss', 'one of domains'),
    'after itself': ('    after: nav', '    after: log #!', 'log after log', 'take one of them'),
    'a ring': ('    cpupool: rt', '    cpupool: rt\n    after: log #!', 'nav after log after nav', 'take one of them'),
    'xenstore without Dom0': (VCPUS, '    xen-interface: full #!', 'there is none', 'no-xenstore'),
    'a tree and devices': (VCPUS, '    device-tree: bare.dtb #!', 'assign makes', 'keep assign or'),
    # CPUs and schedules
    'no vCPU': (VCPUS, '    vcpus: 0 #!', 'cannot have 0 vCPUs', '1 to 8'),
    'too many vCPUs': (VCPUS, '    vcpus: 9 #!', 'cannot have 9 vCPUs', '1 to 8'),
    'pin to no CPU': (VCPUS, '    pin: 7 #!', 'no CPU 7', 'use 0 to 3'),
    'pin out of the pool': ('    cpupool: rt', '    cpupool: rt\n    pin: 0 #!', 'CPU 0 is not in rt', 'use 2-3'),
    'pin into a pool': (VCPUS, '    pin: 2 #!', 'CPU 2 is not in the pool', 'use 0-1'),
    'three pins for two': (VCPUS, '    vcpus: 2\n    pin: [0, 1, 0] #!', '3 pins for 2', 'give one, or 2'),
    'pool with CPU 0': (POOL, POOL.replace('2-3', '0, 2') + ' #!', 'CPU 0 boots', 'leave CPU 0 out'),
    'pool with no such CPU': (POOL, POOL.replace('2-3', '2-5') + ' #!', 'no CPU 4-5', 'use 0 to 3'),
    'CPU in two pools': (POOL, POOL + '\n  - {name: two, cpus: [3], scheduler: credit} #!', 'in pool rt too', 'one pool'),
    'CPU twice in a pool': (POOL, POOL.replace('2-3', '2-3, 3') + ' #!', 'CPU 3 is here twice', 'name each once'),
    'budget over period': (BUDGET, BUDGET.replace('4ms', '11ms') + ' #!', 'longer than period', 'shorter'),
    'budget of no time': (BUDGET, BUDGET.replace('4ms', '1us') + ' #!', 'too short', 'at least 10us'),
    'rtds without budget': (BUDGET, '    schedule: {period: 10ms} #!', 'needs period and budget', 'add schedule'),
    'budget under credit2': (VCPUS, '    schedule: {period: 10ms, budget: 1ms} #!', 'mean nothing to credit2', 'rtds'),
    'weight under rtds': (BUDGET, BUDGET.replace('{', '{weight: 5, ') + ' #!', 'mean nothing to rtds', 'leave it out'),
    'weight out of range': (VCPUS, '    schedule: {weight: 70000} #!', 'weight 70000', '1 to 65535'),
    'cap over its CPUs': (VCPUS, '    schedule: {cap: 150} #!', 'cap 150', 'at most 100'),
    'more budget than CPUs': (BUDGET, '    vcpus: 3\n' + BUDGET.replace('4ms', '9ms') + ' #!', '270%', 'lower budgets'),
    'more budget than a CPU': (BUDGET, '    vcpus: 2\n    pin: 2 #!\n' + BUDGET.replace('4ms', '6ms'), '120%',
                               'another CPU'),
    'null and too few CPUs': (POOL, POOL.replace('2-3', '1-3') + '\nhypervisor: {scheduler: "null"}',
                              'a CPU of its own: 2 vCPUs, 1', 'more CPUs', '  - name: log'),
    'null and one CPU for two': (None, GOOD.replace(VCPUS, VCPUS + '\n    pin: 1 #!') + 'hypervisor: {scheduler: "null"}',
                                 'give 200%', 'another CPU'),
    'windows over the frame': (POOL, ARINC + 'major-frame: 10ms,\n     windows: [{domain: nav, runtime: 6ms},\n'
                               '       {domain: nav, runtime: 6ms}]} #!', 'take 12ms of a frame of 10ms', 'shorten'),
    'windows on two CPUs': (POOL, ARINC.replace('2,', '[2-3],') + 'major-frame: 10ms, #!\n'
                            '     windows: [{domain: nav, runtime: 6ms}]}', 'is for one CPU', 'a pool for each'),
    'a window of another pool': (POOL, ARINC + 'major-frame: 10ms,\n     windows: {domain: log, runtime: 6ms}} #!',
                                 'log is not in this pool', 'cpupool: rt'),
    'a window of no vCPU': (POOL, ARINC + 'major-frame: 10ms,\n     windows: {domain: nav, vcpu: 1, runtime: 6ms}} #!',
                            'nav has no vCPU 1', 'use 0 to 0'),
    'a window of nobody': (POOL, ARINC + 'major-frame: 10ms,\n     windows: {domain: sun, runtime: 6ms}} #!',
                           'no domain sun', 'one of domains'),
    'arinc653 without windows': (POOL, POOL.replace('rtds', 'arinc653') + ' #!', 'needs a schedule', 'add major-frame'),
    'windows under rtds': (POOL, POOL.replace('rtds', 'rtds, major-frame: 10ms') + ' #!', 'only arinc653', 'arinc653'),
    'arinc653 for the rest': ('name: demo', 'name: demo\nhypervisor: {scheduler: arinc653} #!', 'cannot have windows',
                              'make a pool'),
    # Memory
    'memory over RAM': (LOG, '    memory: 2GiB #!', 'of RAM would be needed', 'lower it'),
    'memory over RAM, static': (LOG, '    memory: {size: 1000MiB, static: true} #!', 'no free RAM', 'more memory'),
    'no memory': (LOG, '    memory: 0MiB #!', '0 bytes of memory do not hold', 'give at least'),
    'memory of half a MiB': (LOG, '    memory: 65000KiB #!', 'memory of 65000KiB', 'whole MiB'),
    'memory without size': (LOG, '    memory: {static: true} #!', 'no size', 'add size or at'),
    'memory twice': (LOG, '    memory: {size: 64MiB, at: {address: 0x60000000, size: 64MiB}} #!', 'say it twice',
                     'leave out size'),
    'direct-map anywhere': (LOG, '    memory: {size: 64MiB, direct-map: true} #!', 'needs memory with a place', 'static'),
    'static outside RAM': (LOG, '    memory: {at: {address: 0x20000000, size: 64MiB}} #!', 'not in RAM', 'RAM begins'),
    'static over the end': (LOG, '    memory: {at: {address: 0x7e000000, size: 64MiB}} #!', 'not in RAM', '0x40000000'),
    'static on the hypervisor': (LOG, '    memory: {at: {address: 0x40200000, size: 64MiB}} #!',
                                 'overlaps the hypervisor', 'move one'),
    'static on the tree': (LOG, '    memory: {at: {address: 0x46000000, size: 64MiB}} #!', 'overlaps the device tree',
                           'move one'),
    'static on firmware': (LOG, '    memory: {at: {address: 0x7c000000, size: 64MiB}} #!', 'overlaps reserved by',
                           'move one'),
    'static on static': (LOG, '    memory:\n      at:\n        - {address: 0x60000000, size: 32MiB}\n'
                         '        - {address: 0x61000000, size: 32MiB} #!', 'overlaps memory of log', 'move one'),
    'static not in pages': (LOG, '    memory: {at: {address: 0x60000800, size: 64MiB}} #!', 'whole pages', '4KiB'),
    'static of no size': (LOG, '    memory: {at: {address: 0x60000000, size: 0MiB}} #!', 'no size', 'give it a size'),
    'five ranges': (LOG, '    memory: {at: [' + ', '.join('{address: 0x%x, size: 16MiB}' % (0x50000000 + (i << 25))
                                                        for i in range(5)) + ']} #!', '5 ranges', 'merge'),
    # Devices
    'no such device': (ASSIGN, '    assign: /ethernet@1 #!', 'no /ethernet@1', 'dtc'),
    'no such alias': (ASSIGN, '    assign: ethernet0 #!', 'no ethernet0', '/aliases'),
    'two devices of an end': (ASSIGN, '    assign: /twin #!', 'several nodes end in /twin', 'whole path'),
    'a device twice': (ASSIGN, '    assign:\n      - /timer@b001000\n      - /timer@b001000 #!', 'assigned twice', 'keep'),
    'a device to two': (None, GOOD.replace('    cpupool: rt', '    cpupool: rt\n' + ASSIGN).replace(
        ASSIGN + '\n    after', ASSIGN + ' #!\n    after'), 'assigned twice, first to nav', 'keep one'),
    'one interrupt for two': ('    cpupool: rt', '    cpupool: rt\n    assign: /timer@b002000', 'is also that of',
                              'assign both', ASSIGN),
    'interrupt of the console': (ASSIGN, '    assign: /timer@b003000 #!', "the domain's console", 'console: none'),
    'a private interrupt': (ASSIGN, '    assign: /timer@b004000 #!', 'private to each CPU', 'leave it'),
    'an interrupt elsewhere': (ASSIGN, '    assign: /gpio@b005000 #!', 'not to the GIC', 'interrupt controller'),
    'a disabled device': (ASSIGN, '    assign: /timer@b006000 #!', 'is disabled', 'okay'),
    'a device that masters': (ASSIGN, '    assign: {device: /dma@b000000, clock-rate: 1MHz} #!',
                              'read and write all of memory: no IOMMU', 'unsafe-dma: accepted'),
    'a clock of unknown rate': (ASSIGN, '    unsafe-dma: accepted\n    assign: /dma@b000000 #!',
                                'rate of clock 0 of /dma@b000000', 'clock-rate: 125MHz'),
    'a part of a page': (ASSIGN, '    unsafe-dma: accepted\n    assign: /virtio_mmio@a000000 #!',
                         'a page of 4KiB has registers of', 'all of a page'),
    'the GIC': (ASSIGN, '    assign: /intc@8000000 #!', 'the hypervisor runs with', 'leave it'),
    'the console': (ASSIGN, '    assign: /pl011@9000000 #!', "the hypervisor's console", 'another UART'),
    'a node without registers': (ASSIGN, '    assign: /left #!', 'has no registers', 'with reg'),
    'too few interrupts': (ASSIGN, ASSIGN + '\n    spis: 40 #!', 'cannot have 40', 'give 102 to 988'),
    'too many interrupts': (ASSIGN, ASSIGN + '\n    spis: 2000 #!', 'cannot have 2000', 'give 102 to 988'),
    'unsafe-dma for nothing': (ASSIGN, '    unsafe-dma: accepted #!', 'log has no device', 'leave it out'),
    'unsafe-dma is true': (ASSIGN, ASSIGN + '\n    unsafe-dma: true #!', '"true"', 'accepted'),
    # Links
    'an end at nobody': (ENDS, '    ends: [nav, sun] #!', 'no domain sun', 'one of domains'),
    'one end': (ENDS, '    ends: nav #!', 'only one end', 'other end'),
    'both ends at one': (ENDS, '    ends: [nav, nav] #!', 'nav is at two ends', 'another domain'),
    'shared memory without size': (SIZE, '', 'needs a size', 'add size', '  - name: frames'),
    'memory of half a page': (SIZE, '    size: 6KiB #!', 'whole pages', '4KiB'),
    'memory with a port': (ENDS, '    ends: [nav, {domain: log, port: 1}] #!', 'has no port', 'leave it out'),
    'two owners': (ENDS, '    ends: [{domain: nav, owner: true}, {domain: log, owner: true}] #!', 'second owner', 'leave'),
    'shared outside RAM': (SIZE, SIZE + '\n    address: 0x1000000', 'not in RAM', 'RAM begins',
                          '  - name: frames'),
    'shared on the tree': (SIZE, SIZE + '\n    address: 0x48000000', 'overlaps the device tree', 'move one',
                           '  - name: frames'),
    'shared at no page': (SIZE, SIZE + '\n    address: 0x60000001 #!', "no page's address", 'round it'),
    'shared over guest RAM': (ENDS, '    ends: [nav, {domain: log, address: 0x40000000}] #!', 'log has its memory',
                              'another address'),
    'shared over the guest GIC': (ENDS, '    ends: [nav, {domain: log, address: 0x3001000}] #!', 'interrupt controller',
                                  'another address'),
    'shared over a device': (ENDS, '    ends: [nav, {domain: log, address: 0xb001000}] #!', '/timer@b001000', 'another'),
    'events without port': (PORT, '      - log #!', 'needs a port', 'add port'),
    'port 0': (PORT, PORT.replace('6', '0') + ' #!', 'no port 0', '1 to 4095'),
    'port too large': (PORT, PORT.replace('6', '5000') + ' #!', 'no port 5000', '1 to 4095'),
    'a port twice': (PORT, PORT + '\n  - {name: gong, kind: events, ends: [{domain: nav, port: 9},\n'
                     '     {domain: log, port: 6}]} #!', 'port 6 of log is used in line', 'another number'),
    'three ends of events': (PORT, PORT + '\n      - {domain: nav, port: 7} #!', 'has two ends', 'link for each pair'),
    'events with a size': ('    kind: events', '    kind: events\n    size: 4KiB #!', 'no size', 'leave it out'),
    'events with an address': (PORT, PORT.replace('6', '6, address: 0x1000') + ' #!', 'no address', 'leave it out'),
    # What EL2 has room for
    'too many domains': ('  - name: log', ''.join('  - {name: d%d, kernel: small.img, memory: 2MiB}%s\n'
                                                  % (i, ' #!' if i == 11 else '') for i in range(12)) + '  - name: log',
                         '14 domains, and', 'make fewer'),
    'too many pools': (POOL, POOL + ''.join('\n  - {name: p%d, cpus: 1, scheduler: credit}' % i for i in range(3))
                       + '\n  - {name: last, cpus: 1, scheduler: credit} #!', '5 CPU pools', 'make fewer'),
    'too many ends of memory': (ENDS, ENDS + ''.join(
        '\n  - {name: m%d, kind: memory, size: 4KiB, ends: [nav, log]}%s' % (i, ' #!' if i == 7 else '')
        for i in range(8)), '18 ends of shared memory', 'larger region'),
    'too many ends of events': (PORT, PORT + ''.join(
        '\n  - {name: e%d, kind: events, ends: [{domain: nav, port: %d}, {domain: log, port: %d}]}%s'
        % (i, i + 10, i + 10, ' #!' if i == 15 else '') for i in range(16)), '34 of event channels', 'fewer channels'),
    'too long a command line': (VCPUS, '    arguments: "' + 1024 * 'a' + '" #!', 'of 1024 bytes', 'shorten'),
    # Restart
    'a device that writes on': (ASSIGN, DMA + '} #!\n    on-crash: restart', 'could still write to memory when log',
                                'unsafe-restart: accepted'),
    'a reset of no register': (ASSIGN, DMA + ', reset: [{offset: 0x1000, write: 0x0}]} #!\n    on-crash: restart',
                               'no register there', 'below 0x1000'),
    'a reset between registers': (ASSIGN, DMA + ', reset: {offset: 0x2, write: 0x0}} #!\n    on-crash: restart',
                                  'no register there', 'multiple of 4'),
    'a reset of 33 bits': (ASSIGN, DMA + ', reset: {offset: 0x4, write: 0x100000000}} #!\n    on-crash: restart',
                           '32 bits', '0xffffffff'),
    'a reset that never ends': (ASSIGN, DMA + ', reset: {offset: 0x4, write: 0x0, value: 0x1}} #!\n    on-hang: restart',
                                'never come', 'a mask'),
    'a reset without offset': (ASSIGN, DMA + ', reset: {write: 0x0}} #!\n    on-hang: restart', 'a step needs offset',
                               'add offset'),
    'a reset for nothing': (ASSIGN, DMA + ', reset: {offset: 0x4, write: 0x0}} #!', 'no action of log', 'leave it out'),
    'too many steps of resets': (ASSIGN, DMA + ', reset: [' + '{offset: 0x4, write: 0x0}, ' * 17 + ']} #!\n'
                                 '    on-crash: restart', 'resets of 17 steps', 'assign fewer'),
    'unsafe-restart for nothing': (ASSIGN, ASSIGN + '\n    unsafe-restart: accepted #!', 'no action of it', 'leave it'),
    'a limit for nothing': (VCPUS, '    restart-limit: 3 #!', 'no action of log', 'leave it out'),
    'a limit of 0': (VCPUS, '    on-crash: restart\n    restart-limit: 0 #!', 'limit of 0', 'give 1'),
    'a group that is missing': (VCPUS, '    on-hang: restart-group', 'needs a group', 'restart-group: NAME', '  - name: log'),
    'a group for nothing': (VCPUS, '    restart-group: all #!', 'no action of log', 'leave it out'),
}


def wrong_line(text, case):
    """The line that must be named: the one that ends in #!, or the first that begins with the case's last part."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.endswith('#!') if '#!' in text else line.startswith(case[4]):
            return number
    raise AssertionError('the case names no line')


def findings(done, file):
    """[(line, column, text)] of what the tool says; nothing else may be there but the count at the end."""
    found = [re.fullmatch(r'%s:(\d+):(\d+): error: (.*; .*)' % re.escape(str(file)), line)
             for line in done.stderr.splitlines()[:-1]]
    assert all(found), done.stderr
    assert re.search(r': %d errors?, nothing was built$' % len(found), done.stderr), done.stderr
    return [(int(m.group(1)), int(m.group(2)), m.group(3)) for m in found]


def test_good_file(tool, tmp_path):
    """What the cases change is right."""
    file = tmp_path / 'good.yaml'
    file.write_text(GOOD)
    done = tool('check', file)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ''


@pytest.mark.parametrize('case', CASES.values(), ids=[name.replace(' ', '-') for name in CASES])
def test_wrong_file(tool, tmp_path, case):
    line, instead, what, remedy = case[:4]
    assert line is None or line in GOOD.splitlines()
    text = instead if line is None else re.sub('(?m)^%s$' % re.escape(line), lambda _: instead, GOOD, count=1)
    file = tmp_path / 'wrong.yaml'
    file.write_text(text)
    done = tool('build', '-o', tmp_path / 'out', file)
    assert done.returncode == 1
    expected = wrong_line(text, case)
    said = [message for at, _, message in findings(done, file) if at == expected]
    assert any(what in message and remedy in message.split('; ', 1)[1] for message in said), done.stderr
    assert not (tmp_path / 'out').exists()


def test_all_errors_come_together(tool, tmp_path):
    """Errors of reading, names, CPUs, memory and devices in one go, by line."""
    text = GOOD.replace(VCPUS, '    vcpus: 9').replace(NAV, '    memory: 32').replace('after: nav', 'after: sun')
    text = text.replace(ASSIGN, '    assign: /left').replace(ENDS, '    ends: nav')
    file = tmp_path / 'many.yaml'
    file.write_text(text)
    lines = [at for at, _, _ in findings(tool('check', file), file)]
    assert lines == sorted(lines)
    for wrong in ('    vcpus: 9', '    memory: 32', '    after: sun', '    assign: /left', '    ends: nav'):
        assert text.splitlines().index(wrong) + 1 in lines


def test_column_is_that_of_the_value(tool, tmp_path):
    file = tmp_path / 'column.yaml'
    file.write_text(GOOD.replace('budget: 4ms', 'budget: 4'))
    (at, column, _), = findings(tool('check', file), file)
    assert GOOD.splitlines()[at - 1][column - 1:].startswith('4ms')


def test_limits_are_those_of_el2():
    """The tool's numbers are the hypervisor's own."""
    root = pathlib.Path(__file__).resolve().parents[2]
    tool = (root / 'tools/cofferdam/plan.h').read_text()
    el2 = (root / 'hyp/include/boot/system.h').read_text()
    el2 += (root / 'hyp/include/core/sealed.h').read_text()
    for ours, theirs in (('EL2_DOMAINS', 'MAX_STATIC_DOMAINS'), ('EL2_SHARED', 'MAX_SHARED'), ('EL2_LINKS', 'MAX_LINKS'),
                         ('EL2_RESETS', 'SEALED_RESETS')):
        number = [re.search(r'#define %s (\d+)' % name, text).group(1) for name, text in ((ours, tool), (theirs, el2))]
        assert number[0] == number[1]
    assert el2.count('bootargs[%d]' % (int(re.search(r'EL2_WORDS (\d+)', tool).group(1)) + 1)) == 3


def test_missing_and_empty_files(tool, tmp_path):
    done = tool('check', tmp_path / 'none.yaml')
    assert done.returncode == 1 and 'No such file' in done.stderr and '; give the path' in done.stderr
    (tmp_path / 'empty.yaml').write_text('')
    done = tool('check', tmp_path / 'empty.yaml')
    assert done.returncode == 1 and 'empty.yaml:1:1: error: the file is empty; ' in done.stderr


@pytest.mark.parametrize('arguments', [[], ['a', 'b'], ['--unknown', 'a'], ['-o'], ['--timeout', 'soon', 'a']])
def test_wrong_use(tool, arguments):
    done = tool('check', *arguments)
    assert done.returncode == 2 and 'see cofferdam check --help' in done.stderr
