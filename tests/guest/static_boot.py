# SPDX-License-Identifier: Apache-2.0
"""A static system: xen,domain nodes in /chosen, with or without a payload as Dom0. Runs on real Xen too."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import guest_boot  # noqa: E402

SPACING = 0x200000    # from one kernel module to the next


class Domain:
    """One xen,domain node: its kernel is the payload, `words` its command line, `more` properties and nodes."""

    def __init__(self, name, words, memory=16, cpus=1, more='vpl011;'):
        self.name, self.words, self.memory, self.cpus, self.more = name, words, memory, cpus, more

    def node(self, kernel, addr):
        """The node in /chosen."""
        module = guest_boot.module_node(kernel, addr, more='bootargs = "%s";' % self.words)
        return ('%s { compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0 %d>;'
                ' cpus = <%d>; %s %s };\n' % (self.name, self.memory * 1024, self.cpus, self.more, module))


class Static(guest_boot.Guest):
    """One boot of such domains; `dom0` is the command line of the payload as Dom0, None: there is no Dom0. `modules` are (path, address), told of by the domains' own nodes; `tree` is
    source appended to the board's, `chosen` more of /chosen."""

    def __init__(self, hypervisor, image, domains, dom0=None, modules=(), tree='', chosen='', **kwargs):
        super().__init__(hypervisor, image, **kwargs)
        self.domains, self.modules = domains, list(modules)
        self.dom0, self.dom0_args = (image if dom0 else None), dom0 or ''
        self.tree, self.chosen_more = tree, chosen

    def board(self):
        return self.tree

    def _kernels(self):
        first = guest_boot.MACHINES[self.machine][2] + SPACING
        return [(domain, first + i * SPACING) for i, domain in enumerate(self.domains)]

    def files(self):
        own = [(self.dom0, guest_boot.MACHINES[self.machine][2])] if self.dom0 else []
        return own + [(self.image, addr) for _, addr in self._kernels()] + self.modules

    def chosen(self):
        own = guest_boot.module_node(*self.files()[0]) if self.dom0 else ''
        return self.chosen_more + own + ''.join(domain.node(self.image, addr) for domain, addr in self._kernels())


class Blob(guest_boot.Guest):
    """One boot of a system file (docs/system-yaml.md) by a system blob, as the host tool packs it."""

    def __init__(self, hypervisor, image, text, **kwargs):
        super().__init__(hypervisor, image, **kwargs)
        self.text = text

    def command(self, tmp):
        file = os.path.join(tmp, 'system.yaml')
        with open(file, 'w', encoding='utf-8') as f:
            f.write(self.text)
        subprocess.run([os.path.join(guest_boot.ROOT, 'build', 'tools', 'cofferdam', 'cofferdam'), 'build', '--blob',
                        '-I', os.path.dirname(self.image), '--hypervisor', self.hypervisor, '-o', tmp, file],
                       check=True, stdout=subprocess.DEVNULL)
        return self.machine_command() + ['-kernel', os.path.join(tmp, 'system.raw')]
