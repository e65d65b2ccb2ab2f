# SPDX-License-Identifier: Apache-2.0
"""./coffer bench: instruction counts, by bench/run.py, on what was just built and on Debian's Xen; --system."""
import importlib.util
import sys

from coffer import build, images, paths, system_bench


def main(argv):
    """./coffer bench"""
    build.build()
    build.build_static()
    if argv and argv[0] == '--system':
        return system_bench.main(whole=argv[1:] != ['--counts'])
    arguments = list(argv)
    if not {'--xen', '--no-xen', '--check'} & set(argv):
        arguments += ['--xen', str(images.ensure().xen)]
    spec = importlib.util.spec_from_file_location('bench_run', paths.ROOT / 'bench' / 'run.py')
    module = importlib.util.module_from_spec(spec)
    sys.modules['bench_run'] = module
    spec.loader.exec_module(module)
    return module.main(arguments)
