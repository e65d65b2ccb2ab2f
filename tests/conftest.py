# SPDX-License-Identifier: Apache-2.0
"""All Python tests. Without --all only the core is run: tests that are not marked `full`."""


def pytest_addoption(parser):
    """--all: the tests marked `full` too."""
    parser.addoption('--all', action='store_true', help='run the tests marked full too')


def pytest_configure(config):
    """The mark used here."""
    config.addinivalue_line('markers', 'full: not in the core, runs with --all')


def pytest_collection_modifyitems(config, items):
    """Leave out what is not asked for."""
    dropped = [item for item in items if item.get_closest_marker('full') and not config.getoption('--all')]
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=dropped)
