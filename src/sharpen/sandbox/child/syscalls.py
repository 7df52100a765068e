"""The system calls that a program may make, with their numbers on x86_64 and aarch64.

Numbers are the kernel's public interface: arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h. Left out on purpose, besides the obvious (sockets, processes, mounts,
tracing, io_uring, bpf, keys, namespaces): changes of mode, owner, times and attributes of files, which
Landlock does not cover; memfd_create, whose memory no limit counts; sendmsg, which can leave open files in
a socket that outlive their process; mincore and sysinfo, which show what other programs left in the machine's
memory and load.
"""

_ALLOWED = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69,
pwritev 296 70, open 2 -, openat 257 56, close 3 57, close_range 436 436, stat 4 -,
lstat 6 -, access 21 -, faccessat 269 48, faccessat2 439 439, lseek 8 62,
getdents 78 -, getdents64 217 61, getcwd 79 17, chdir 80 49, fchdir 81 50, rename 82 -,
renameat 264 38, renameat2 316 276, mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -,
unlinkat 263 35, link 86 -, linkat 265 37, symlink 88 -, symlinkat 266 36, readlink 89 -,
readlinkat 267 78, creat 85 -, truncate 76 45, ftruncate 77 46, fallocate 285 47, fsync 74 82,
fdatasync 75 83, sync_file_range 277 84, sendfile 40 71, copy_file_range 326 285, umask 95 166,
poll 7 -, ppoll 271 73, select 23 -,
pselect6 270 72, epoll_create 213 -, epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -,
epoll_pwait 281 22, epoll_pwait2 441 441, eventfd 284 -, eventfd2 290 19, sendto 44 206,
recvfrom 45 207, recvmsg 47 212, shutdown 48 210, getsockname 51 204, getpeername 52 205,
munmap 11 215, mremap 25 216, mprotect 10 226, brk 12 214,
msync 26 227, membarrier 324 283, rt_sigaction 13 134, rt_sigprocmask 14 135,
rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigsuspend 130 133, rt_sigtimedwait 128 137,
sigaltstack 131 132, restart_syscall 219 128, pause 34 -, nanosleep 35 101, clock_getres 229 114,
gettimeofday 96 169, time 201 -, times 100 153, alarm 37 -, setitimer 38 103, getitimer 36 102,
getpid 39 172, gettid 186 178, getppid 110 173, getuid 102 174, geteuid 107 175, getgid 104 176,
getegid 108 177, getresuid 118 148, getresgid 120 150, getgroups 115 158, getpgrp 111 -,
getpgid 121 155, getsid 124 156, uname 63 160, getrusage 98 165, getrlimit 97 163,
setrlimit 160 164, getcpu 309 168, sched_yield 24 124, sched_getaffinity 204 123,
sched_getparam 143 121, sched_getscheduler 145 120, sched_get_priority_max 146 125,
sched_get_priority_min 147 126, getpriority 140 141, getrandom 318 278, capget 125 90,
set_robust_list 273 99, get_robust_list 274 100, set_tid_address 218 96, rseq 334 293,
arch_prctl 158 -, exit 60 93, exit_group 231 94, wait4 61 260, waitid 247 95
"""
_BY_ARGUMENT = """
clone 56 220, clone3 435 435, kill 62 129, tgkill 234 131, prctl 157 167, ioctl 16 29,
fcntl 72 25, prlimit64 302 261, socketpair 53 199, getsockopt 55 209, setsockopt 54 208,
futex 202 98, flock 73 32, fadvise64 221 223, clock_gettime 228 113, clock_nanosleep 230 115,
fstat 5 80, newfstatat 262 79, dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59,
mknod 133 -, mknodat 259 33, mmap 9 222, statx 332 291, statfs 137 43, fstatfs 138 44,
preadv2 327 286, pwritev2 328 287, sysinfo 99 179, madvise 28 233
"""
_EXECUTE = "execve 59 221"
_COMPILE = f"{_EXECUTE}, fork 57 -, vfork 58 -, chmod 90 -, fchmod 91 52, fchmodat 268 53"
"""What compiled programs, and compilers, do more than an interpreter."""

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
"""The kernel's names for the architectures (AUDIT_ARCH)."""

NEWEST = {X86_64: 450, AARCH64: 451}
"""The last number of the table above; what came later is said not to exist, so that libraries fall back."""


def _numbers(table: str, column: int) -> dict[str, int]:
    rows = [entry.split() for entry in table.replace("\n", " ").split(",")]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


ALLOWED = {X86_64: _numbers(_ALLOWED, 1), AARCH64: _numbers(_ALLOWED, 2)}
"""Calls that any argument may have."""

BY_ARGUMENT = {X86_64: _numbers(_BY_ARGUMENT, 1), AARCH64: _numbers(_BY_ARGUMENT, 2)}
"""Calls whose arguments decide; see :mod:`sharpen.sandbox.child.seccomp`."""

EXECUTE = {X86_64: _numbers(_EXECUTE, 1), AARCH64: _numbers(_EXECUTE, 2)}
COMPILE = {X86_64: _numbers(_COMPILE, 1), AARCH64: _numbers(_COMPILE, 2)}
"""Calls that are allowed besides, where a program is executed or compiled."""
