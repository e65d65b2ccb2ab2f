# SPDX-License-Identifier: Apache-2.0
"""./coffer build: the image and its ELF with symbols."""
import shutil
import subprocess
import sys

from coffer import options, paths
from coffer.tell import CofferError, call, say, step


def _meson(folder, arguments):
    """Set a build folder up unless it is, with these -D options; meson itself notices changed build files later."""
    if (folder / 'build.ninja').exists():
        kept = (folder / 'meson-private' / 'cmd_line.txt').read_text(encoding='utf-8').splitlines()
        other = [word for word in arguments if word.startswith('-D') and word[2:].replace('=', ' = ', 1) not in kept]
        if other:
            call(['meson', 'configure', str(folder), *other], 'configuring %s/ anew' % folder.name,
                 'remove that folder')
        return
    if folder.exists() and not (folder / 'meson-private').exists() and any(folder.iterdir()):
        raise CofferError('%s is there but is no meson build folder' % folder.name, 'move it away')
    with step('configuring %s/' % folder.name):
        done = subprocess.run(['meson', 'setup', str(folder), *arguments], cwd=paths.ROOT, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print(done.stdout)
        shutil.rmtree(folder, ignore_errors=True)
        raise CofferError('meson setup %s failed' % folder.name, 'see its message above')


def _ninja(folder, targets=()):
    """Build; ninja's own lines are shown, so progress is seen."""
    say('building %s/' % folder.name)
    sys.stdout.flush()
    if subprocess.run(['ninja', '-C', str(folder), *targets], check=False).returncode:
        raise CofferError('the build in %s/ failed' % folder.name, "see the compiler's message above")


def build(*setup):
    """Build everything with gcc; leaves build/cofferdam and build/cofferdam.elf."""
    _meson(paths.BUILD, ['--cross-file', str(paths.CROSS_FILE), *setup])
    _ninja(paths.BUILD)
    for made in (paths.IMAGE, paths.ELF):
        if not made.exists():
            raise CofferError('the build left no %s' % made.relative_to(paths.ROOT), 'look at meson.build')
    return paths.IMAGE


def build_static(gic='v3', uart='pl011'):
    """Build the static profile (meson_options.txt) for one GIC and one UART: build-static/cofferdam, or that of another
    folder when these are not the usual."""
    folder = paths.BUILD_STATIC
    if (gic, uart) != ('v3', 'pl011'):
        folder = folder.with_name('%s-%s-%s' % (folder.name, gic, uart))
    _meson(folder, ['--cross-file', str(paths.CROSS_FILE), '-Dprofile=static', '-Dgic=' + gic, '-Duart=' + uart])
    _ninja(folder)
    return folder / 'cofferdam'


def build_clang():
    """Build everything with clang, with the sanitizers' tests and the fuzz targets."""
    _meson(paths.BUILD_CLANG, ['--cross-file', str(paths.HERE / 'aarch64-clang.ini'),
                               '--native-file', str(paths.HERE / 'clang.ini')])
    _ninja(paths.BUILD_CLANG)


def main(argv):
    """./coffer build"""
    parser = options.Parser('build')
    parser.add_argument('--clang', action='store_true')
    parser.add_argument('--clean', action='store_true')
    a = parser.parse_args(argv)
    if a.clean:
        for folder in (paths.BUILD_CLANG,) if a.clang else (paths.BUILD, *paths.ROOT.glob(paths.BUILD_STATIC.name + '*')):
            shutil.rmtree(folder, ignore_errors=True)
    if a.clang:
        build_clang()
        return 0
    image, static = build(), build_static()
    say('image %s (%d bytes), symbols %s' % (image.relative_to(paths.ROOT), image.stat().st_size,
                                             paths.ELF.relative_to(paths.ROOT)))
    say('static profile %s (%d bytes)' % (static.relative_to(paths.ROOT), static.stat().st_size))
    return 0
