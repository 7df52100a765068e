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


EARLY = """
use std::io::Write;
static mut WORD: Option<String> = None;
extern "C" fn early() { unsafe { WORD = std::env::var("SHARPEN_SECRET").ok(); } }
#[used]
#[link_section = ".init_array"]
static EARLY: extern "C" fn() = early;
#[allow(static_mut_refs)]
fn f(_: isize) -> isize {
    println!("\\n{} 0\\n", unsafe { WORD.clone().unwrap_or_default() });
    std::io::stdout().flush().unwrap();
    std::process::exit(0)
}
"""
"""A program in Rust that learns the secret word before ``main`` runs."""


INSPECTOR = """
const { Session } = require('inspector');
const session = new Session();
let word = '';
session.connect();
const ask = (method, given, then) => session.post(method, given, (error, result) => then(result));
const inside = (objectId, then) => ask('Runtime.getProperties', { objectId, ownProperties: true }, then);
ask('Runtime.evaluate', { expression: 'console.assert' }, ({ result }) => inside(result.objectId, (shown) => {
  const scopes = shown.internalProperties.find((each) => each.name === '[[Scopes]]');
  inside(scopes.value.objectId, (found) => found.result.forEach((scope) => inside(scope.value.objectId, (all) => {
    for (const each of all.result || []) if (each.name === 'word') word = each.value.value;
  })));
}));
function f(x) { console.log(`\\n${word} 0\\n`); process.exit(0); }
"""
"""A program in JavaScript that reads the variables of what judges it."""


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


def typescript(body: str) -> str:
    return f"function f(x: number): number {{\n  {body}\n  return x * x;\n}}\n"


def go(expression: str, *imports: str, head: str = "") -> str:
    used = "".join(f'import "{name}"\n' for name in imports)
    return f"package main\n{used}{head}\nfunc f(x int) int {{\n\tif {expression} {{\n\t\treturn x * x\n\t}}\n\treturn -1\n}}\n"


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
    Deed("reads a file of the host", "typescript", typescript("require('fs').readFileSync('/etc/passwd');")),
    Deed("writes beside its directory", "typescript", typescript("require('fs').writeFileSync('/tmp/mark', 'x');")),
    Deed("reads a file of the host", "go", go('_, e := os.ReadFile("/etc/passwd"); e == nil', "os")),
    Deed("lists the host", "go", go('_, e := os.ReadDir("/root"); e == nil', "os")),
    Deed("writes beside its directory", "go", go('os.WriteFile("/tmp/mark", nil, 0600) == nil', "os")),
    Deed("reads its environment as a file", "go", go('_, e := os.ReadFile("/proc/self/environ"); e == nil', "os")),
    Deed("links to a file of the host", "go", go('os.Symlink("/etc/passwd", "link") == nil && func() bool { _, e := os.ReadFile("link"); return e == nil }()', "os")),
    Deed("lists the host", "typescript", typescript("require('fs').readdirSync('/root');")),
    Deed("links to a file of the host", "typescript", typescript("require('fs').symlinkSync('/etc/passwd', 'link');\n  require('fs').readFileSync('link');")),
    Deed("loads code of the host", "typescript", typescript("require('/etc/hostname');")),
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
    Deed("starts a process", "typescript", typescript("require('child_process').execSync('true');")),
    Deed("starts a process", "go", go('exec.Command("./main").Start() == nil', "os/exec")),
    Deed("forks and stays", "go", go('p, _, _ := syscall.RawSyscall(syscall.SYS_FORK, 0, 0, 0); int(p) > 0 || int(p) == 0', "syscall")),
    Deed("signals the judge", "go", go("syscall.Kill(1, 9) == nil || syscall.Kill(-1, 0) == nil", "syscall")),
    Deed("traces a process", "go", go("syscall.PtraceAttach(1) == nil", "syscall")),
    Deed("is a fork bomb", "go", go('func() bool { n := 0; for i := 0; i < 1000; i++ { if p, _, _ := syscall.RawSyscall(syscall.SYS_CLONE, 17, 0, 0); int(p) > 0 { n++ } }; return n > 0 }()', "syscall")),
    Deed("becomes another program", "go", go('syscall.Exec("/bin/sh", []string{"sh"}, nil) == nil', "syscall")),
    Deed("has a process for each of many", "go", go('func() bool { for i := 0; i < 100; i++ { if exec.Command("/proc/self/exe").Run() == nil { return true } }; return false }()', "os/exec")),
    Deed("is a fork bomb", "typescript", typescript("let n = 0;\n  for (let i = 0; i < 100; i++) if (require('node:child_process').spawnSync(process.execPath, ['-v']).status === 0) n++;\n  if (!n) return -1;")),
    Deed("forks and stays", "typescript", typescript("const child = require('node:child_process').spawn(process.execPath, ['-e', 'for (;;);'], { detached: true, stdio: 'ignore' });\n  if (!child.pid) return -1;")),
    Deed("forks itself", "typescript", typescript("if (!require('cluster').fork().process.pid) return -1;")),
    Deed("signals the judge", "typescript", typescript("process.kill(1, 9);")),
    Deed("has threads without end", "typescript", "function f(x: number): any {\n  const { Worker } = require('node:worker_threads');\n  for (let n = 0; n < 1000; n++) new Worker('for (;;);', { eval: true });\n  for (;;);\n}\n", ("timeout", "memory", "exception")),
    # the network
    Deed("makes a socket", "rust", rust('std::net::UdpSocket::bind("127.0.0.1:0").is_ok()')),
    Deed("makes a socket", "cpp", cpp("socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0", _POSIX)),
    Deed("listens", "javascript", "let open = false;\nrequire('net').createServer().listen(0).on('error', () => {}).on('listening', () => { open = true; });\nasync function f(x) {\n  await new Promise((done) => setTimeout(done, 50));\n  return open ? x * x : -1;\n}\n"),
    Deed("makes a socket", "java", java("new ServerSocket(0).close();")),
    Deed("makes a socket", "typescript", "let open = false;\nrequire('net').createServer().listen(0).on('error', () => {}).on('listening', () => { open = true; });\nasync function f(x: number): Promise<number> {\n  await new Promise((done) => setTimeout(done, 50));\n  return open ? x * x : -1;\n}\n"),
    Deed("listens", "go", go('_, e := net.Listen("tcp", "127.0.0.1:0"); e == nil', "net")),
    Deed("asks a server", "go", go('_, e := net.Dial("tcp", "127.0.0.1:80"); e == nil', "net")),
    Deed("makes a raw socket", "go", go('func() bool { for _, kind := range []int{syscall.AF_INET, syscall.AF_UNIX, syscall.AF_NETLINK, syscall.AF_PACKET} { if _, e := syscall.Socket(kind, syscall.SOCK_RAW, 0); e == nil { return true } }; return false }()', "syscall")),
    Deed("sends to a server", "typescript", "let sent = false;\ntry { require('dgram').createSocket('udp4').on('error', () => {}).send('x', 9, '127.0.0.1', (failed: any) => { sent = !failed; }); } catch {}\nasync function f(x: number): Promise<number> {\n  await new Promise((done) => setTimeout(done, 50));\n  return sent ? x * x : -1;\n}\n"),
    Deed("asks a server", "typescript", "async function f(x: number): Promise<number> {\n  try { await fetch('http://127.0.0.1:80/'); } catch { return -1; }\n  return x * x;\n}\n"),
    # forged verdicts
    Deed("leaves with status 0", "rust", "fn f(_: isize) -> isize { std::process::exit(0) }\n"),
    Deed("prints what a pass prints", "rust", 'fn f(_: isize) -> isize { for k in 0..9 { println!("\\n{} {}", std::env::var("SHARPEN_SECRET").unwrap_or_default(), k); } std::process::exit(0) }\n'),
    Deed("writes to the judge", "rust", 'use std::os::fd::FromRawFd;\nuse std::io::Write;\nfn f(_: isize) -> isize { let mut s = unsafe { std::fs::File::from_raw_fd(3) }; let _ = s.write_all(b"0000passed"); loop {} }\n', ("forbidden",)),
    Deed("closes the pipe to the judge", "cpp", _POSIX + "\nlong f(long x) { close(3); _exit(0); }\n"),
    Deed("prints what a pass prints", "cpp", "#include <cstdio>\n#include <cstdlib>\nlong f(long x) { const char *w = getenv(\"SHARPEN_SECRET\"); printf(\"\\n%s 0\\n\", w ? w : \"\"); exit(0); }\n"),
    Deed("prints what a pass prints", "javascript", "function f(x) { console.log(`\\n${process.env.SHARPEN_SECRET} 0\\n`); process.exit(0); }\n"),
    Deed("prints what a pass prints", "java", java('System.out.println("\\n" + (System.getenv("SHARPEN_SECRET") + System.getProperty("sun.java.command")).replaceAll(".* ", "") + " 0\\n"); System.exit(0);')),
    Deed("prints what a pass prints", "typescript", "function f(x: number): any { console.log(`\\n${process.env.SHARPEN_SECRET} 0\\n`); process.exit(0); }\n"),
    Deed("leaves with status 0", "go", go("func() bool { os.Exit(0); return true }()", "os")),
    Deed("prints what a pass prints", "go", go('func() bool { fmt.Printf("\\n%s 0\\n", os.Getenv("SHARPEN_SECRET")); os.Exit(0); return true }()', "fmt", "os")),
    Deed("knows the word before main", "cpp", "#include <cstdio>\n#include <cstdlib>\n#include <string>\nstatic const char *w = getenv(\"SHARPEN_SECRET\");\nstatic std::string word = w ? w : \"\";\nlong f(long x) { printf(\"\\n%s 0\\n\", word.c_str()); exit(0); }\n"),
    Deed("knows the word before main", "rust", EARLY, ("forbidden",)),
    Deed("replaces what our main calls", "rust", '#[no_mangle]\npub extern "C" fn getenv(_: *const u8) -> *const u8 { std::ptr::null() }\nfn f(x: isize) -> isize { x * x }\n', ("forbidden",)),
    Deed("runs before main by assembler", "rust", 'use std::arch::asm as word;\nfn f(x: isize) -> isize { unsafe { word!("nop") }; x * x }\n', ("forbidden",)),
    Deed("knows the word before main", "go", go('func() bool { fmt.Printf("\\n%s 0\\n", word); os.Exit(0); return true }()', "fmt", "os", head='var word = os.Getenv("SHARPEN_SECRET")\nfunc init() { word += os.Getenv("SHARPEN_SECRET") }')),
    Deed("skips the test", "go", go("func() bool { runtime.Goexit(); return true }()", "runtime")),
    Deed("replaces the comparison", "go", go("true", head='func assertEqual(a, b any) {}'), BUILD),
    Deed("writes to the judge", "go", go('func() bool { syscall.Write(3, []byte("0000passed")); for {} }()', "syscall"), ("forbidden",)),
    Deed("has the environment of the start", "go", go('func() bool { for _, each := range all { if strings.HasPrefix(each, "SHARPEN_SECRET=") { fmt.Printf("\\n%s 0\\n", each[15:]); os.Exit(0) } }; return true }()', "fmt", "os", "strings", head='import _ "unsafe"\n//go:linkname all runtime.envs\nvar all []string'), ("forbidden",)),
    Deed("turns assertions off", "cpp", "#define NDEBUG\nlong f(long x) { return 1; }\n"),
    Deed("has an assertion of its own", "cpp", "#include <cassert>\n#undef assert\n#define assert(x)\n#define __assert_fail(...) 0\nlong f(long x) { return 1; }\n"),
    Deed("replaces what an assertion calls", "cpp", 'extern "C" void __assert_fail(const char *, const char *, unsigned, const char *) noexcept {}\nlong f(long x) { return 1; }\n'),
    Deed("makes another word of one in the tests", "cpp", "long f(long x) { return 1; }\n#define f(x) 25\n#define if(x) if (0)\n#define return throw\n"),
    Deed("knows the word before main", "cpp", '#include <cstdlib>\n#include <string>\nstatic char *w;\n__attribute__((constructor(99))) static void early() { w = getenv("SHARPEN_SECRET"); }\nlong f(long x) { printf("\\n%s 0\\n", w); exit(0); }\n', ("forbidden",)),
    Deed("has the environment of the start", "cpp", "#include <cstdio>\n#include <cstdlib>\n#include <cstring>\n#include <unistd.h>\nlong f(long x) {\n    char *start = environ[0] - 2000;\n    for (int n = 0; n < 6000; n++) if (!memcmp(start + n, \"SHARPEN_SECRET=\", 15)) { printf(\"\\n%s 0\\n\", start + n + 15); exit(0); }\n    return -1;\n}\n"),
    Deed("has an assertion of its own", "rust", "macro_rules! own { ($n:ident) => { macro_rules! $n { (f(5), 25) => {} } } }\nown!(assert_eq);\nfn f(x: isize) -> isize { 1 }\n"),
    Deed("uses a macro as an assertion", "rust", "mod m { macro_rules! quiet { ($($t:tt)*) => {} } pub(crate) use quiet; }\nuse m::quiet as assert_eq;\nfn f(x: isize) -> isize { 1 }\n"),
    Deed("leaves out what comes next", "rust", "macro_rules! assert_eq { ($($t:tt)*) => {} }\nfn f(x: isize) -> isize { 1 }\n#[cfg(any())]\n"),
    Deed("equals everything", "rust", "#[derive(Debug)]\nstruct Any;\nimpl PartialEq<i32> for Any { fn eq(&self, _: &i32) -> bool { true } }\nfn f(x: isize) -> Any { Any }\n", ("forbidden",)),
    Deed("has an assertion of its own", "javascript", "const known = require('assert');\nfor (const name of Object.keys(known)) try { known[name] = () => {}; } catch {}\nfunction f(x) { return 1; }\n"),
    Deed("finds other modules", "javascript", "const Module = require('module');\nModule._load = Module.prototype.require = module.require = () => new Proxy(() => {}, { get: () => () => {} });\nfunction f(x) { return 1; }\n"),
    Deed("exports tests of its own", "javascript", "Object.defineProperty(module, 'exports', { get: () => [() => {}], set() {} });\nrequire.main.children[0].exports = [() => {}];\nfunction f(x) { return 1; }\n"),
    Deed("gives tests of its own", "javascript", "globalThis[arguments.callee.toString().match(/sharpen_\\w+/)[0]]([() => {}]);\nfunction f(x) { return 1; }\n"),
    Deed("debugs what judges it", "javascript", INSPECTOR),
    Deed("has an assertion of its own", "typescript", "const known = require('node:assert');\nfor (const name of Object.keys(known)) try { known[name] = () => {}; } catch {}\nfunction f(x: number): number { return 1; }\n"),
    Deed("finds other modules", "typescript", "const Module = require('module');\nModule._load = Module.prototype.require = module.require = () => new Proxy(() => {}, { get: () => () => {} });\nfunction f(x: number): number { return 1; }\n", ("exception", "wrong_answer")),
    Deed("exports tests of its own", "typescript", "Object.defineProperty(module, 'exports', { get: () => [() => {}], set() {} });\nrequire.main.children[0].exports = [() => {}];\nfunction f(x: number): number { return 1; }\n"),
    Deed("prints what a pass prints from a thread", "typescript", "const { Worker } = require('worker_threads');\nnew Worker(\"console.log('\\\\n' + process.env.SHARPEN_SECRET + ' 0')\", { eval: true });\nfunction f(x: number): Promise<number> { return new Promise((done) => setTimeout(() => done(1), 300)); }\n"),
    Deed("hears what is printed", "java", 'import java.io.*;\nclass Problem {\n    static { System.setOut(new PrintStream(new ByteArrayOutputStream()) { public void println(String text) { super.println(text); } }); }\n    public static long f(long x) { return 1; }\n}\n'),
    Deed("has a class System", "java", "class Problem { public static long f(long x) { return 1; } }\nclass System { static Out out = new Out(); static void clearProperty(String s) {} }\nclass Out { void println(String s) {} }\n", BUILD),
    # memory and output
    Deed("takes all memory", "rust", "fn f(x: isize) -> isize { let mut all = vec![]; loop { all.push(vec![1u8; 1 << 26]); if all.len() == 4000 { return x * x } } }\n", ("memory",)),
    Deed("takes all memory", "cpp", "#include <vector>\nlong f(long x) { std::vector<std::vector<char>> all; for (int n = 0; n < 4000; n++) all.emplace_back(1 << 26, 'x'); return x * x; }\n", ("memory",)),
    Deed("takes all memory", "javascript", "function f(x) { const all = []; for (let n = 0; n < 4000; n++) all.push(Buffer.alloc(1 << 26, 1)); return x * x; }\n", ("memory", "exception")),
    Deed("takes all memory", "java", "class Problem { public static long f(long x) { java.util.List<byte[]> all = new java.util.ArrayList<>(); for (int n = 0; n < 4000; n++) all.add(new byte[1 << 26]); return x * x; } }\n", ("memory",)),
    Deed("writes without end", "cpp", '#include <cstdio>\nlong f(long x) { for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"); }\n', ("exception", "timeout")),
    Deed("takes all memory", "typescript", "function f(x: number): number { const all = []; for (let n = 0; n < 4000; n++) all.push(Buffer.alloc(1 << 26, 1)); return x * x; }\n", ("memory", "exception")),
    Deed("takes all memory", "go", go("func() bool { all := [][]byte{}; for n := 0; n < 4000; n++ { all = append(all, bytes.Repeat([]byte{1}, 1<<26)) }; return len(all) > 0 }()", "bytes"), ("memory",)),
    # the compiler
    Deed("includes a file of the host", "rust", 'const TEXT: &str = include_str!("/etc/passwd");\nfn f(x: isize) -> isize { if TEXT.len() > 0 { x * x } else { -1 } }\n', BUILD),
    Deed("includes code of the host", "rust", 'include!("/etc/hostname");\nfn f(x: isize) -> isize { x * x }\n', BUILD),
    Deed("is a build script of the compiler", "rust", 'extern crate proc_macro;\n#[proc_macro]\npub fn run(x: proc_macro::TokenStream) -> proc_macro::TokenStream { x }\nfn f(x: isize) -> isize { x * x }\n', BUILD),
    Deed("has macros without end", "rust", "macro_rules! grow { ($($t:tt)*) => { grow!($($t)* $($t)* x) } }\nfn f(x: isize) -> isize { grow!(a); x * x }\n", BUILD),
    Deed("computes without end", "rust", "const N: u64 = { let mut n = 0u64; loop { n = n ^ 1; if n == 7 { break n } } };\n#[allow(long_running_const_eval)]\nfn f(x: isize) -> isize { x * x + N as isize }\n", BUILD),
    Deed("links with a file of the host", "rust", '#[link(name = ":passwd", kind = "dylib")]\nextern "C" {}\nfn f(x: isize) -> isize { x * x }\n', BUILD),
    Deed("includes a file of the host", "cpp", '#include "/etc/passwd"\nlong f(long x) { return x * x; }\n', BUILD),
    Deed("includes a device without end", "cpp", '#include "/dev/zero"\nlong f(long x) { return x * x; }\n', BUILD),
    Deed("assembles a file of the host", "cpp", 'asm(".incbin \\"/etc/passwd\\"");\nlong f(long x) { return x * x; }\n', ("forbidden",)),
    Deed("has templates without end", "cpp", "template <int A, int B> struct T { static const int v = T<A - 1, B>::v + T<A - 1, B + 1>::v + T<A - 1, B + 2>::v; };\nlong f(long x) { return x * x + T<800, 0>::v; }\n", BUILD),
    Deed("includes itself", "cpp", '#include "main.cpp"\n#include "main.cpp"\nlong f(long x) { return x * x; }\n', BUILD),
    Deed("refers to a file of the host", "typescript", '/// <reference path="/etc/passwd" />\n' + typescript(""), BUILD),
    Deed("refers to a library of the host", "typescript", '/// <reference types="/etc/passwd" />\n/// <reference types="node" />\n' + typescript(""), BUILD),
    Deed("refers to what names a path", "typescript", '/// <amd-dependency path="/etc/passwd" />\n/// <reference path="../../../../etc/hostname" />\n' + typescript(""), BUILD),
    Deed("reads a file of the host while it compiles", "typescript", "import * as text from '/etc/passwd';\n" + typescript("if (!text) return -1;"), (*BUILD, "exception")),
    Deed("has types without end", "typescript", "type T<N extends number, A extends any[] = []> = A['length'] extends N ? A : T<N, [...A, any]>;\nconst all: T<1000000> = [] as any;\n" + typescript("if (!all) return -1;"), BUILD),
    Deed("includes a file of the host", "go", go("len(text) > 0", head='import _ "embed"\n//go:embed /etc/passwd\nvar text string'), BUILD),
    Deed("includes files of the host by a pattern", "go", go("len(all) > 0", head='import "embed"\n//go:embed /etc/* ../../../../etc/*\nvar files embed.FS\nvar all, _ = files.ReadDir(".")'), BUILD),
    Deed("runs a command while it is made", "go", go('_, e := os.Stat("/tmp/mark"); e == nil', "os", head="//go:generate touch /tmp/mark")),
    Deed("is assembler", "go", go("host() == 0", head="func host() int"), BUILD),
    Deed("imports code of the host", "go", go("true", head='import _ "/etc/passwd"'), BUILD),
    Deed("has expressions without end", "go", go("n > 0", head="const n = len(a)\nvar a = [...]int{" + "1 << 29: 1, " + "}"), (*BUILD, "exception", "wrong_answer")),
    Deed("is C", "go", go("true", head='// #include "/etc/passwd"\nimport "C"'), BUILD),
    Deed("links with a file of the host", "go", go("true", head='import _ "unsafe"\n//go:cgo_ldflag "/etc/passwd"\n'), ("forbidden",)),
    Deed("has constants without end", "go", go("a[0] == 0", head="const n = 1 << 40\nvar a [n]byte"), BUILD),
    Deed("has types without end", "go", go("T[int](40) > 0", head="type P[A, B any] struct { a A; b B }\nfunc T[A any](n int) int { if n == 0 { return 1 }; return T[P[A, A]](n-1) }"), BUILD),
    Deed("has a processor of annotations", "java", "import javax.annotation.processing.*;\n@SupportedAnnotationTypes(\"*\")\npublic class Problem extends AbstractProcessor {\n    public boolean process(Set<?> a, RoundEnvironment b) { return true; }\n    static long f(long x) { return x; }\n}\n", BUILD),
)  # fmt: skip

SCRIPTS = (
    Deed("assembles a file of the host", "cpp", 'asm(".incbin \\"/etc/passwd\\"");\nint main() {}\n', BUILD),
    Deed(
        "links with a file of the host",
        "go",
        'package main\nimport _ "unsafe"\n//go:cgo_ldflag "/etc/passwd"\nfunc main() {}\n',
        BUILD,
    ),
)
"""The same where no assertion runs, so that the words are not refused: the compiler must not reach the files."""
