# SPDX-License-Identifier: Apache-2.0
"""Where things are in the working tree."""
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = ROOT / '.cache'
BUILD = ROOT / 'build'
BUILD_CLANG = ROOT / 'build-clang'
BUILD_STATIC = ROOT / 'build-static'
IMAGE = BUILD / 'cofferdam'
ELF = BUILD / 'cofferdam.elf'
CROSS_FILE = HERE / 'aarch64.ini'
