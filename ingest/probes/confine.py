"""What a probe process may not do: a memory ceiling, no core dumps, a system-call filter where there is one.

The filter is a deny list (libseccomp through pyseccomp, all threads): no network, no new programs or
processes, nothing opened for writing or renamed or deleted, no other process looked at or signalled.
Reading files stays allowed, since libraries load on demand. Called once, after the imports that need more.
Not done here: the wall clock, which the parent holds.
"""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

FULL = "limits, system-call filter"
NOTHING_WRITTEN_BYTES = 4 << 20  # the identifier's sample is the only file a probe writes

DENIED = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "execve", "execveat",
    "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "creat",
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "link",
    "linkat", "symlink", "symlinkat", "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "chown",
    "fchown", "lchown", "fchownat", "truncate", "utimensat", "setxattr", "lsetxattr", "fsetxattr",
    "removexattr", "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "bpf",
    "perf_event_open", "io_uring_setup", "userfaultfd", "keyctl", "add_key", "request_key", "init_module",
    "finit_module", "delete_module", "kexec_load", "reboot", "swapon", "swapoff", "setuid", "setgid",
    "setresuid", "setresgid", "setgroups", "personality",
)  # fmt: skip
UNKNOWN_TO_KERNEL = ("clone3", "openat2")  # ENOSYS: libraries fall back to calls whose flags can be seen
CLONE_THREAD = 0x10000


def confine(memory_mib: int) -> str:
    """Confine this process to `memory_mib` beyond what it has now. Says what is in force."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (NOTHING_WRITTEN_BYTES, NOTHING_WRITTEN_BYTES))
    ceiling = _data_bytes() + (memory_mib << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (ceiling, ceiling))
    try:
        _filter()
    except (ImportError, OSError, RuntimeError, AttributeError) as error:  # other platforms, no libseccomp
        return f"limits only: {type(error).__name__}"
    return FULL


def _data_bytes() -> int:
    """What RLIMIT_DATA counts now (VmData); a guess where /proc does not say."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
    except (OSError, StopIteration):
        return 256 << 20


def _filter() -> None:
    import errno

    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    rules.set_attr(seccomp.Attr.CTL_TSYNC, 1)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in DENIED:
        _add(rules, refuse, name)
    for name in UNKNOWN_TO_KERNEL:
        _add(rules, seccomp.ERRNO(errno.ENOSYS), name)
    for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC):
        _add(rules, refuse, "open", seccomp.Arg(1, seccomp.MASKED_EQ, flag, flag))
        _add(rules, refuse, "openat", seccomp.Arg(2, seccomp.MASKED_EQ, flag, flag))
    _add(rules, refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, 0))
    _add(rules, refuse, "tgkill", seccomp.Arg(0, seccomp.NE, os.getpid()))
    rules.load()


def _add(rules: object, action: object, name: str, *arguments: object) -> None:
    try:
        rules.add_rule(action, name, *arguments)  # type: ignore[attr-defined]
    except (RuntimeError, OSError, ValueError):  # a call that this kernel or libseccomp does not know
        return


def end_with_alarm(seconds: int) -> None:
    """Let the kernel end this process after `seconds`, even inside C code, its parent gone; 0 cancels."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
