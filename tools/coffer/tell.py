# SPDX-License-Identifier: Apache-2.0
"""What is said to the user: progress, results, and errors with their remedy."""
import contextlib
import subprocess
import sys
import threading
import time

START = time.monotonic()


class CofferError(Exception):
    """Something the user can mend: `what` went wrong, `remedy` says how to mend it."""

    def __init__(self, what, remedy):
        super().__init__('%s; %s' % (what, remedy))


def say(text):
    """One line of progress, with the seconds since the start."""
    print('[%4.0fs] %s' % (time.monotonic() - START, text), flush=True)


@contextlib.contextmanager
def step(text):
    """Say what is being done; while it lasts, say every ten seconds that it goes on."""
    say(text)
    begin, over = time.monotonic(), threading.Event()

    def remind():
        while not over.wait(10):
            say('  ... %s: %.0f s so far' % (text, time.monotonic() - begin))
    thread = threading.Thread(target=remind, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def call(argv, what, remedy, **kwargs):
    """Run a program silently; its output is shown only when it fails. Returns its stdout."""
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors='replace', check=False, **kwargs)
    except FileNotFoundError:
        raise CofferError('%s: no program %s' % (what, argv[0]), remedy) from None
    if done.returncode:
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        raise CofferError('%s failed (%s, exit status %d)' % (what, argv[0], done.returncode), remedy)
    return done.stdout
