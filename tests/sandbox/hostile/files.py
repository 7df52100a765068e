"""Programs that write or read where they should not."""

from tests.sandbox.hostile import SQUARE, Hostile

ELSEWHERE = (
    "/tmp/sharpen-escape", "/var/tmp/sharpen-escape", "../escape", "/etc/sharpen-escape",
    "/escape", "/proc/self/comm", "/dev/tty", "/usr/lib/sharpen-escape",
)  # fmt: skip
FORBIDDEN = {
    "another's secrets": "open('/etc/shadow')",
    "a link to a file": "import os\nos.symlink('/etc/passwd', 'link')\nopen('link')",
    "a link to a directory": "import os\nos.symlink('/', 'link')\nos.listdir('link/root')",
    "a device": "import os\nos.mknod('device', 0o20600, os.makedev(1, 1))",
    "the kernel's log": "open('/dev/kmsg')",
    "changing a mode": "import os\nopen('x', 'w').close()\nos.chmod('x', 0o4777)",
    "changing an owner": "import os\nopen('x', 'w').close()\nos.chown('x', 0, 0)",
    "changing a time": "import os\nopen('x', 'w').close()\nos.utime('x')",
    "an attribute": "import os\nopen('x', 'w').close()\nos.setxattr('x', 'user.a', b'1')",
    "removing what is not its own": "import os\nos.remove('/etc/hostname')",
    "truncating what is not its own": "import os\nos.truncate('/etc/hostname', 0)",
    "writing into the interpreter": "import os, json\nopen(os.path.dirname(json.__file__) + '/escape.py', 'w')",
    "a pipe with a name elsewhere": "import os\nos.mkfifo('/tmp/sharpen-escape')",
}

PROGRAMS = [
    *(
        Hostile(f"writing {path}", "forbidden", f"open({path!r}, 'ab').write(b'x')" + SQUARE)
        for path in ELSEWHERE
    ),
    Hostile(
        "writing shared memory, which is a folder of its own",
        "passed",
        "import os\nassert os.listdir('/dev/shm') == []\nopen('/dev/shm/own', 'w').write('x')\n"
        "assert os.path.samefile('/dev/shm/own', 'own')" + SQUARE,
    ),
    *(Hostile(name, "forbidden", code + SQUARE) for name, code in FORBIDDEN.items()),
    Hostile("a hard link", "exception", "import os\nos.link('/etc/hostname', 'link')" + SQUARE),
    Hostile(
        "moving its directory away", "exception", "import os\nos.rename('.', '/tmp/sharpen-escape')" + SQUARE
    ),
    Hostile(
        "deep directories",
        "passed",
        "import os\nfor _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')" + SQUARE,
    ),
    Hostile(
        "directories without permission",
        "passed",
        "import os\nos.mkdir('a', 0o300)\nopen('a/b', 'w').close()\nos.mkdir('c', 0)" + SQUARE,
    ),
    Hostile(
        "an empty directory after all these", "passed", "import os\nassert os.listdir('.') == []" + SQUARE
    ),
    Hostile(
        "the scratch directory is free",
        "passed",
        """
        import os, tempfile
        def f(x):
            os.makedirs(f"a{x}/b")
            with open(f"a{x}/b/c", "w") as file: file.write(str(x * x))
            with tempfile.TemporaryFile() as file: file.write(b"x")
            with tempfile.TemporaryDirectory() as place: assert os.path.isdir(place)
            assert os.getcwd() == os.environ["HOME"] == os.environ["TMPDIR"]
            return int(open(os.path.expanduser(f"~/a{x}/b/c")).read())
        """,
    ),
]
