# SPDX-License-Identifier: Apache-2.0
"""System tests: Debian's kernel as Dom0 under QEMU.

COFFER_HYPERVISOR=FILE runs them on another image, such as Debian's Xen; what only Cofferdam promises is
skipped then.
"""
import os
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tools'))
sys.dont_write_bytecode = True

from coffer import images, qemu, run  # noqa: E402

LOGS = ROOT / 'build' / 'system-logs'


def pytest_addoption(parser):
    """--record: scenarios write tests/system/expect."""
    parser.addoption('--record', action='store_true', help='keep the results of scenarios as expected ones')


def pytest_configure(config):
    """The mark used here."""
    config.addinivalue_line('markers', 'cofferdam: promised by Cofferdam, not by Xen')


def hypervisor():
    """The image under test."""
    return pathlib.Path(os.environ.get('COFFER_HYPERVISOR') or ROOT / 'build' / 'cofferdam').resolve()


def pytest_collection_modifyitems(items):
    """Leave out what the image under test does not promise."""
    image = hypervisor()
    xen = image.exists() and run.is_xen(image)
    for item in items:
        if xen and item.get_closest_marker('cofferdam'):
            item.add_marker(pytest.mark.skip(reason='Xen does not promise this'))


@pytest.fixture(scope='session')
def guest():
    """The guest images."""
    return images.ensure()


@pytest.fixture(scope='session')
def image():
    """The hypervisor under test."""
    path = hypervisor()
    if not path.exists():
        pytest.fail('no image %s; run ./coffer build' % path)
    return path


class Rig:
    """Boots machines for one test and keeps each console in build/system-logs."""

    def __init__(self, name, folder, guest_images, path):
        self.name, self.folder, self.images, self.image = name, folder, guest_images, path
        self.is_xen = run.is_xen(path)
        self._running, self._count = [], 0

    def boot(self, limit=300, disk=False, **kwargs):
        """Start a machine; keywords are the fields of qemu.Boot. limit: seconds until QEMU is ended."""
        self._count += 1
        folder = self.folder / str(self._count)
        folder.mkdir()
        boot = qemu.Boot(hypervisor=self.image, images=self.images, xen_tree=self.is_xen, **kwargs)
        if disk and boot.board.virtio:
            boot.disk, boot.tftp = qemu.make_disk(folder)
            boot.net = True
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / ('%s-%d.log' % (re.sub(r'[^\w.-]+', '_', self.name), self._count))
        machine = qemu.Machine(boot, folder, log, limit)
        self._running.append(machine)
        return machine

    def close(self):
        """End what still runs."""
        for machine in self._running:
            machine.close()


@pytest.fixture
def rig(request, tmp_path, guest, image):
    """Boots machines; they end with the test."""
    one = Rig(request.node.name, tmp_path, guest, image)
    yield one
    one.close()
