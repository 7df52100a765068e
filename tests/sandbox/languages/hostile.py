"""Hostile programs in each language: each does what no program may, and reports whether it could.

``f(x)`` returns ``x * x`` only where the deed was possible, so a program that passes has escaped. Each is run
with the same tests as an honest one.
"""

from dataclasses import dataclass

from sharpen.types import Language


@dataclass(frozen=True, slots=True)
class Deed:
    """A program that must not pass.

    Attributes:
        kinds: the verdicts that it may get.
    """

    name: str
    language: Language
    code: str
    kinds: tuple[str, ...] = ("exception", "wrong_answer")


BUILD = ("syntax", "timeout", "memory")
"""What a program that attacks the compiler ends with."""


def rust(expression: str, head: str = "") -> str:
    return f"{head}\nfn f(x: isize) -> isize {{\n    if {expression} {{ x * x }} else {{ -1 }}\n}}\n"


def cpp(expression: str, head: str = "") -> str:
    return f"{head}\nlong f(long x) {{\n    return ({expression}) ? x * x : -1;\n}}\n"


def javascript(body: str) -> str:
    return f"function f(x) {{\n  {body}\n  return x * x;\n}}\n"


def java(body: str, more: str = "") -> str:
    return (
        "import java.util.*; import java.io.*; import java.net.*; import java.nio.file.*;\n"
        f"class Problem {{\n    public static long f(long x) {{\n        try {{ {body} }}\n"
        f"        catch (Throwable error) {{ return -1; }}\n        return x * x;\n    }}\n{more}}}\n"
    )


_EXTERN = 'extern "C" { fn fork() -> i32; fn kill(pid: i32, signal: i32) -> i32; fn setsid() -> i32; }'
_POSIX = (
    "#include <fcntl.h>\n#include <signal.h>\n#include <sys/mman.h>\n#include <sys/ptrace.h>\n"
    "#include <sys/socket.h>\n#include <sys/stat.h>\n#include <unistd.h>\n#include <cstdlib>\n#include <string>"
)

DEEDS = (
    # files
    Deed("reads a file of the host", "rust", rust('std::fs::read_to_string("/etc/passwd").is_ok()')),
    Deed("lists the host", "rust", rust('std::fs::read_dir("/root").is_ok() || std::fs::read_dir("/home").is_ok()')),
    Deed("writes beside its directory", "rust", rust('std::fs::write("/tmp/mark", "x").is_ok()')),
    Deed("reads a file of the host", "cpp", cpp('open("/etc/passwd", O_RDONLY) >= 0', _POSIX)),
    Deed("writes beside its directory", "cpp", cpp('open("/tmp/mark", O_CREAT | O_WRONLY, 0600) >= 0', _POSIX)),
    Deed("reads a file of the host", "javascript", javascript("require('fs').readFileSync('/etc/passwd');")),
    Deed("writes beside its directory", "javascript", javascript("require('fs').writeFileSync('/tmp/mark', 'x');")),
    Deed("reads a file of the host", "java", java('Files.readString(Path.of("/etc/passwd"));')),
    Deed("writes beside its directory", "java", java('Files.writeString(Path.of("/tmp/mark"), "x");')),
    # processes
    Deed("starts a process", "rust", rust('std::process::Command::new("./main").spawn().is_ok()')),
    Deed("forks and stays", "rust", rust("unsafe { let p = fork(); if p == 0 { setsid(); loop {} } p > 0 }", _EXTERN)),
    Deed("is a fork bomb", "rust", rust("{ let mut n = 0; for _ in 0..1000 { if unsafe { fork() } > 0 { n += 1 } } n > 0 }", _EXTERN)),
    Deed("signals the judge", "rust", rust("unsafe { kill(1, 9) == 0 || kill(-1, 0) == 0 }", _EXTERN)),
    Deed("starts a process", "cpp", cpp('std::system("true") == 0', _POSIX)),
    Deed("forks and stays", "cpp", cpp("vfork() > 0 || fork() > 0", _POSIX)),
    Deed("traces a process", "cpp", cpp("ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 || ptrace(PTRACE_ATTACH, 1, 0, 0) == 0", _POSIX)),
    Deed("hides memory from its limit", "cpp", cpp('memfd_create("x", 0) >= 0', _POSIX)),
    Deed("changes modes", "cpp", cpp('chmod("main", 0777) == 0', _POSIX)),
    Deed("starts a process", "javascript", javascript("require('child_process').execSync('true');")),
    Deed("forks itself", "javascript", javascript("if (require('child_process').spawnSync('/usr/bin/node', ['-v']).error) throw new Error('no');")),
    Deed("starts a process", "java", java('new ProcessBuilder("true").start();')),
    # the network
    Deed("makes a socket", "rust", rust('std::net::UdpSocket::bind("127.0.0.1:0").is_ok()')),
    Deed("makes a socket", "cpp", cpp("socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0", _POSIX)),
    Deed("listens", "javascript", "let open = false;\nrequire('net').createServer().listen(0).on('error', () => {}).on('listening', () => { open = true; });\nasync function f(x) {\n  await new Promise((done) => setTimeout(done, 50));\n  return open ? x * x : -1;\n}\n"),
    Deed("makes a socket", "java", java("new ServerSocket(0).close();")),
    # forged verdicts
    Deed("leaves with status 0", "rust", "fn f(_: isize) -> isize { std::process::exit(0) }\n"),
    Deed("prints what a pass prints", "rust", 'fn f(_: isize) -> isize { for k in 0..9 { println!("\\n{} {}", std::env::var("SHARPEN_SECRET").unwrap_or_default(), k); } std::process::exit(0) }\n'),
    Deed("writes to the judge", "rust", 'use std::os::fd::FromRawFd;\nuse std::io::Write;\nfn f(_: isize) -> isize { let mut s = unsafe { std::fs::File::from_raw_fd(3) }; let _ = s.write_all(b"0000passed"); loop {} }\n', ("forbidden",)),
    Deed("closes the pipe to the judge", "cpp", _POSIX + "\nlong f(long x) { close(3); _exit(0); }\n"),
    Deed("prints what a pass prints", "cpp", "#include <cstdio>\n#include <cstdlib>\nlong f(long x) { const char *w = getenv(\"SHARPEN_SECRET\"); printf(\"\\n%s 0\\n\", w ? w : \"\"); exit(0); }\n"),
    Deed("prints what a pass prints", "javascript", "function f(x) { console.log(`\\n${process.env.SHARPEN_SECRET} 0\\n`); process.exit(0); }\n"),
    Deed("prints what a pass prints", "java", java('System.out.println("\\n" + (System.getenv("SHARPEN_SECRET") + System.getProperty("sun.java.command")).replaceAll(".* ", "") + " 0\\n"); System.exit(0);')),
    # memory and output
    Deed("takes all memory", "rust", "fn f(x: isize) -> isize { let mut all = vec![]; loop { all.push(vec![1u8; 1 << 26]); if all.len() == 4000 { return x * x } } }\n", ("memory",)),
    Deed("takes all memory", "cpp", "#include <vector>\nlong f(long x) { std::vector<std::vector<char>> all; for (int n = 0; n < 4000; n++) all.emplace_back(1 << 26, 'x'); return x * x; }\n", ("memory",)),
    Deed("takes all memory", "javascript", "function f(x) { const all = []; for (let n = 0; n < 4000; n++) all.push(Buffer.alloc(1 << 26, 1)); return x * x; }\n", ("memory", "exception")),
    Deed("takes all memory", "java", "class Problem { public static long f(long x) { java.util.List<byte[]> all = new java.util.ArrayList<>(); for (int n = 0; n < 4000; n++) all.add(new byte[1 << 26]); return x * x; } }\n", ("memory",)),
    Deed("writes without end", "cpp", '#include <cstdio>\nlong f(long x) { for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"); }\n', ("exception", "timeout")),
    # the compiler
    Deed("includes a file of the host", "rust", 'const TEXT: &str = include_str!("/etc/passwd");\nfn f(x: isize) -> isize { if TEXT.len() > 0 { x * x } else { -1 } }\n', BUILD),
    Deed("includes code of the host", "rust", 'include!("/etc/hostname");\nfn f(x: isize) -> isize { x * x }\n', BUILD),
    Deed("is a build script of the compiler", "rust", 'extern crate proc_macro;\n#[proc_macro]\npub fn run(x: proc_macro::TokenStream) -> proc_macro::TokenStream { x }\nfn f(x: isize) -> isize { x * x }\n', BUILD),
    Deed("has macros without end", "rust", "macro_rules! grow { ($($t:tt)*) => { grow!($($t)* $($t)* x) } }\nfn f(x: isize) -> isize { grow!(a); x * x }\n", BUILD),
    Deed("computes without end", "rust", "const N: u64 = { let mut n = 0u64; loop { n = n ^ 1; if n == 7 { break n } } };\n#[allow(long_running_const_eval)]\nfn f(x: isize) -> isize { x * x + N as isize }\n", BUILD),
    Deed("links with a file of the host", "rust", '#[link(name = ":passwd", kind = "dylib")]\nextern "C" {}\nfn f(x: isize) -> isize { x * x }\n', BUILD),
    Deed("includes a file of the host", "cpp", '#include "/etc/passwd"\nlong f(long x) { return x * x; }\n', BUILD),
    Deed("includes a device without end", "cpp", '#include "/dev/zero"\nlong f(long x) { return x * x; }\n', BUILD),
    Deed("assembles a file of the host", "cpp", 'asm(".incbin \\"/etc/passwd\\"");\nlong f(long x) { return x * x; }\n', BUILD),
    Deed("has templates without end", "cpp", "template <int A, int B> struct T { static const int v = T<A - 1, B>::v + T<A - 1, B + 1>::v + T<A - 1, B + 2>::v; };\nlong f(long x) { return x * x + T<800, 0>::v; }\n", BUILD),
    Deed("includes itself", "cpp", '#include "main.cpp"\n#include "main.cpp"\nlong f(long x) { return x * x; }\n', BUILD),
    Deed("has a processor of annotations", "java", "import javax.annotation.processing.*;\n@SupportedAnnotationTypes(\"*\")\npublic class Problem extends AbstractProcessor {\n    public boolean process(Set<?> a, RoundEnvironment b) { return true; }\n    static long f(long x) { return x; }\n}\n", BUILD),
)  # fmt: skip
