# SPDX-License-Identifier: Apache-2.0
"""newc archives, written the same way each time: sorted names, no times, owned by root."""
import os
import stat


class Archive:
    """Collects members; bytes() gives the archive."""

    def __init__(self):
        self._members = {}

    def add(self, name, mode, data=b'', rdev=(0, 0)):
        """One member; its parent folders are added when missing."""
        parent = os.path.dirname(name)
        if parent and parent not in self._members:
            self.add(parent, stat.S_IFDIR | 0o755)
        self._members[name] = (mode, data, rdev)

    def add_tree(self, folder):
        """Everything below folder."""
        for top, folders, files in os.walk(folder):
            for name in folders + files:
                path = os.path.join(top, name)
                kept = os.path.relpath(path, folder)
                mode = os.lstat(path).st_mode
                if stat.S_ISLNK(mode):
                    self.add(kept, stat.S_IFLNK | 0o777, os.readlink(path).encode())
                elif stat.S_ISREG(mode):
                    with open(path, 'rb') as f:
                        self.add(kept, stat.S_IFREG | mode & 0o755, f.read())
                else:
                    self.add(kept, stat.S_IFDIR | 0o755)

    def bytes(self):
        """The archive."""
        out = [self._one(i, name, *self._members[name]) for i, name in enumerate(sorted(self._members), 1)]
        out.append(self._one(0, 'TRAILER!!!', 0, b'', (0, 0)))
        whole = b''.join(out)
        return whole + b'\0' * (-len(whole) % 512)

    @staticmethod
    def _one(inode, name, mode, data, rdev):
        raw = name.encode() + b'\0'
        fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(raw), 0)
        head = b'070701' + b''.join(b'%08x' % field for field in fields) + raw
        return head + b'\0' * (-len(head) % 4) + data + b'\0' * (-len(data) % 4)
