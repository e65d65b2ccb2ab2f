# SPDX-License-Identifier: Apache-2.0
"""Argument parsing. The help texts are the files in help/, which the shell front door can print alone."""
import argparse
import sys

from coffer import paths


class Parser(argparse.ArgumentParser):
    """A parser for one sub-command that names the remedy when an option is wrong."""

    def __init__(self, command):
        super().__init__(prog='coffer ' + command, add_help=False, allow_abbrev=False)
        self.command = command

    def error(self, message):
        print('coffer: error: %s; see ./coffer %s --help' % (message, self.command), file=sys.stderr)
        sys.exit(2)

    def format_help(self):
        return (paths.HERE / 'help' / (self.command + '.txt')).read_text(encoding='utf-8')
