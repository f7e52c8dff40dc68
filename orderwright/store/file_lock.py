"""Locks on files, as the kernel keeps them: dropped when their last descriptor closes, however its process ends."""

import fcntl
import os
from io import FileIO
from pathlib import Path


def take_lock(path: Path, kind: int) -> FileIO:
    """Return the open file `path` with a `flock` of `kind` on it; closing it drops the lock.

    Programs started do not inherit it. Raises BlockingIOError when `kind` has LOCK_NB and another has the lock.
    """
    file = open_private(path, os.O_RDWR)
    try:
        fcntl.flock(file, kind)
    except BaseException:
        file.close()
        raise
    return file


def open_private(path: Path, flags: int) -> FileIO:
    """Return the file `path`, made if need be, which only the owner of its folder can read.

    Symbolic links are refused: root may be at work in a folder that is another user's.
    """
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return os.fdopen(descriptor, "ab" if flags & os.O_APPEND else "rb+", buffering=0)
