# SPDX-License-Identifier: Apache-2.0
"""Entry of ./coffer: one module a sub-command, each with main(argv) that returns the exit status."""
import importlib
import sys

from coffer.tell import CofferError

COMMANDS = {'run': 'coffer.run', 'test': 'coffer.testing', 'build': 'coffer.build', 'bench': 'coffer.bench',
            'fuzz': 'coffer.fuzz', 'lint': 'coffer.lint'}


def main(argv):
    """Run one sub-command."""
    try:
        return importlib.import_module(COMMANDS[argv[0]]).main(argv[1:])
    except CofferError as error:
        print('coffer: error: %s' % error, file=sys.stderr)
    except KeyboardInterrupt:
        print('coffer: interrupted', file=sys.stderr)
    return 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
