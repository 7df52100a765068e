"""Programs that want to talk to somebody."""

from tests.sandbox.hostile import SQUARE, Hostile

FORBIDDEN = {
    "a socket": "import socket\nsocket.socket()",
    "a connection": "import socket\nsocket.create_connection(('127.0.0.1', 9), timeout=3)",
    "a datagram": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "a server": "import socket\nsocket.create_server(('127.0.0.1', 0))",
    "a local socket": "import socket\nsocket.socket(socket.AF_UNIX).connect('/run/x')",
    "a socket of the kernel": "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "a raw socket": "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "a pair of datagram sockets": "import socket\nsocket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "a pair of local sockets": "import socket\nsocket.socketpair()",
    "a web server": "import http.server\nhttp.server.HTTPServer(('127.0.0.1', 0), None)",
}

PROGRAMS = [
    *(Hostile(name, "forbidden", code + SQUARE, needs="syscalls") for name, code in FORBIDDEN.items()),
    Hostile("a name", "exception", "import socket\nsocket.getaddrinfo('example.org', 80)" + SQUARE),
    Hostile(
        "a web page",
        "exception",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9')" + SQUARE,
    ),
    Hostile(
        "sending a descriptor to the judge",
        "forbidden",
        "import socket\ns = socket.socket(fileno=3)\nsocket.send_fds(s, [b'xxxx' * 9], [0])" + SQUARE,
    ),
]
