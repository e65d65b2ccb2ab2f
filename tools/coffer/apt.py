# SPDX-License-Identifier: Apache-2.0
"""Debian's arm64 (and armhf) packages, fetched and unpacked but never installed.

apt runs with a state of its own under .cache/apt that knows only one architecture, so the user's package
state and dpkg architectures stay as they are. Sources and signatures are the host's.
"""
import os
import re
import subprocess
import time

from coffer import paths
from coffer.tell import CofferError, call, say, step

FRESH_SECONDS = 7 * 24 * 3600
NETWORK = 'check the network and /etc/apt/sources.list*'


def _home(arch):
    """The folder of apt's state for an architecture."""
    return paths.CACHE / ('apt' if arch == 'arm64' else 'apt-' + arch)


def _environment(arch):
    """The environment in which apt sees only the private state of an architecture."""
    home = _home(arch)
    for folder in ('state/lists/partial', 'cache/archives/partial'):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / 'status').touch()
    conf = home / 'apt.conf'
    conf.write_text('\n'.join([
        'APT::Architecture "%s";' % arch,
        '#clear APT::Architectures;',
        'APT::Architectures { "%s"; };' % arch,
        'APT::Sandbox::User "%s";' % ('root' if os.geteuid() == 0 else ''),
        '#clear APT::Update::Post-Invoke;',
        '#clear APT::Update::Post-Invoke-Success;',
        'Acquire::Languages "none";',
        'Acquire::Retries "3";',
        'Dir::State "%s/state";' % home,
        'Dir::State::status "%s/status";' % home,
        'Dir::Cache "%s/cache";' % home,
        'Dir::Log "%s";' % home]) + '\n', encoding='utf-8')
    return {**os.environ, 'APT_CONFIG': str(conf), 'LC_ALL': 'C.UTF-8'}


def _lists_age(arch):
    """Seconds since the last good update; None before the first."""
    stamp = _home(arch) / 'updated'
    return time.time() - stamp.stat().st_mtime if stamp.exists() else None


def update(arch='arm64'):
    """Refresh the package lists of an architecture if they are missing or a week old.

    Without network, or when one source fails, the lists that are there are good enough and only warned about.
    """
    age = _lists_age(arch)
    if age is not None and age < FRESH_SECONDS:
        return
    with step('refreshing the list of Debian %s packages' % arch):
        done = subprocess.run(['apt-get', '-qq', 'update'], env=_environment(arch), text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        (_home(arch) / 'updated').touch()
    elif not any((_home(arch) / 'state/lists').glob('*_Packages*')):
        print(done.stdout, flush=True)
        raise CofferError('apt-get update for %s failed' % arch, NETWORK)
    else:
        say('warning: apt-get update failed at least in part, using the lists that are there')


def kernel_package(flavour='arm64', arch='arm64'):
    """The package that linux-image-FLAVOUR stands for at present, such as linux-image-6.1.0-9-arm64."""
    out = call(['apt-cache', 'depends', 'linux-image-' + flavour], 'asking for the kernel package', NETWORK,
               env=_environment(arch))
    found = re.search(r'Depends: (linux-image-\d\S+)', out)
    if not found:
        raise CofferError('linux-image-%s is in none of the sources' % flavour, NETWORK)
    return found.group(1)


def resolve(packages, arch='arm64'):
    """The file name (it has the version in it) and size of the newest version of each package."""
    out = call(['apt-get', 'download', '--print-uris', *packages], 'looking up packages', NETWORK,
               env=_environment(arch))
    found = {}
    for name, size in re.findall(r"^'\S+' (\S+\.deb) (\d+)", out, re.M):
        found[name.split('_')[0]] = (name, int(size))
    lost = [package for package in packages if package not in found]
    if lost:
        raise CofferError('not in any source: %s' % ' '.join(lost), NETWORK)
    return found


def download(packages, arch='arm64'):
    """Fetch what the archive lacks; returns {package: path of its .deb}."""
    archives = _home(arch) / 'cache' / 'archives'
    found = resolve(packages, arch)
    wanted = [package for package, (name, size) in found.items()
              if not (archives / name).exists() or (archives / name).stat().st_size != size]
    if wanted:
        size = sum(found[package][1] for package in wanted) / 1e6
        with step('downloading %d Debian %s packages (%.0f MB): %s' % (len(wanted), arch, size, ' '.join(wanted))):
            call(['apt-get', '-qq', 'download', *wanted], 'downloading packages', NETWORK,
                 env=_environment(arch), cwd=archives)
    return {package: archives / name for package, (name, _) in found.items()}


def unpack(deb, folder, *members):
    """Unpack a .deb (or only the named members) below folder; no maintainer script runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', str(deb)], stdout=subprocess.PIPE) as unpacker:
        done = subprocess.run(['tar', '-x', '--keep-directory-symlink', '--no-same-owner', '-C', str(folder),
                               *members], stdin=unpacker.stdout, check=False)
        unpacker.stdout.close()
    if done.returncode or unpacker.returncode:
        raise CofferError('cannot unpack %s' % deb.name, 'remove that file and try again: ' + str(deb))
