BEGIN TRANSACTION;
CREATE TABLE completion (
        key TEXT NOT NULL UNIQUE, model TEXT NOT NULL, prompt TEXT NOT NULL, sampling TEXT NOT NULL,
        sample INTEGER NOT NULL, text TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, finish_reason TEXT NOT NULL,
        name TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL) STRICT;
INSERT INTO "completion" VALUES('77a9246c8fea57a557c2395b809efee6','scripted:scripted','27291ea92c910ee0d0d99a9a11a2fd59','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'```python
def add(a, b):
    return a - 1
```',32,0,9,'stop','scripted',0.0,1.79591997567325520517e+09);
INSERT INTO "completion" VALUES('fbb0c893c6cf3b3c4f4320aa8a1a7ffe','scripted:scripted','27291ea92c910ee0d0d99a9a11a2fd59','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',1,'```python
def add(a, b):
    return a - 2
```',32,0,9,'stop','scripted',0.0,1.79591997567355275157e+09);
INSERT INTO "completion" VALUES('e94d9d5270ff288bc3e7fc45f9f7349e','scripted:scripted','0c9e04a146d91590ace81c7e0a34eb92','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'```python
def twice(a):
    return a - 1
```',30,0,8,'stop','scripted',0.0,1.79591997567401623729e+09);
INSERT INTO "completion" VALUES('cbf60df6ebc8c939514ff0e9ed2bff26','scripted:scripted','0c9e04a146d91590ace81c7e0a34eb92','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',1,'```python
def twice(a):
    return a - 2
```',30,0,8,'stop','scripted',0.0,1.7959199756742408276e+09);
INSERT INTO "completion" VALUES('2fe246aa0b01314de52e4fcb3fba65fc','scripted:scripted','2159977d7d4b045373891824cb6f7e34','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'It was wrong.
```python
def add(a, b):
    return a + b
```',86,0,12,'stop','scripted',0.0,1.79591997716370940212e+09);
INSERT INTO "completion" VALUES('52cb7eecc0369358afd3ce0591b2a340','scripted:scripted','e1f161944baa1e0d1311bc37541ff8d2','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'It was wrong.
```python
def add(a, b):
    return a + b
```',86,0,12,'stop','scripted',0.0,1.7959199771641483307e+09);
INSERT INTO "completion" VALUES('1856c001aeaf3f3d664b30dee0f44e98','scripted:scripted','9d4b1ce46b9151a51f7d55f1e1639e32','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'It was wrong.
```python
def twice(a):
    return 2 * a
```',81,0,11,'stop','scripted',0.0,1.79591997719112539291e+09);
INSERT INTO "completion" VALUES('368a1f7c710c49122340bd13360ed959','scripted:scripted','1eeb62a48890493e57e9e63052d11202','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'It was wrong.
```python
def twice(a):
    return 2 * a
```',81,0,11,'stop','scripted',0.0,1.79591997719155788419e+09);
CREATE TABLE node (
        id TEXT NOT NULL UNIQUE, parent TEXT, problem TEXT NOT NULL, stage TEXT NOT NULL,
        sample INTEGER NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL, completion TEXT,
        code TEXT, extraction TEXT, shown TEXT, verdict TEXT, reward REAL) STRICT;
INSERT INTO "node" VALUES('e3fe773077d2de4d561cfc71fd81bfe2',NULL,'mine/add','program',1,'scripted','','fbb0c893c6cf3b3c4f4320aa8a1a7ffe','def add(a, b):
    return a - 2','fence','276c6bb11962214c04eccb5f1618d3f0','a7928eb0463d7ba3eabb9097f67f4c0a',NULL);
INSERT INTO "node" VALUES('6011c9ac07f7718b351eb6fcf887b6b5',NULL,'mine/twice','program',1,'scripted','','cbf60df6ebc8c939514ff0e9ed2bff26','def twice(a):
    return a - 2','fence','24a764686b31d6a74e47b74db3442981','6d7810aee0c89cdfef979a8e0dd1808f',NULL);
INSERT INTO "node" VALUES('dc8358d44a79443deca86d2c3f8dac8f',NULL,'mine/add','program',0,'scripted','','77a9246c8fea57a557c2395b809efee6','def add(a, b):
    return a - 1','fence','ed162d6c7e695ce4a35af61346297fde','99c8b03d0467353b66b200af92f83f6f',NULL);
INSERT INTO "node" VALUES('59b2cf8ed119dac938cbc5b835918d48',NULL,'mine/twice','program',0,'scripted','','e94d9d5270ff288bc3e7fc45f9f7349e','def twice(a):
    return a - 1','fence','a0eda4dcbd41fcf7ed19eb9113bc34d2','54ec5b18336d72589dc22e8ac70a1957',NULL);
INSERT INTO "node" VALUES('c2b97cc77b03a3d7622aea7d2411236c','59b2cf8ed119dac938cbc5b835918d48','mine/twice','repair',0,'scripted','','1856c001aeaf3f3d664b30dee0f44e98','def twice(a):
    return 2 * a','fence','a56ba2d0ea26a5828e46f578f9c9ff6e','b2513e559cb5902a4b785250c4498f2e',NULL);
INSERT INTO "node" VALUES('144021164230c291c69f5ae7b81baa2d','dc8358d44a79443deca86d2c3f8dac8f','mine/add','repair',0,'scripted','','2fe246aa0b01314de52e4fcb3fba65fc','def add(a, b):
    return a + b','fence','1ad3c5989ef83f1ba624de167691918a','638c9a8a4c6b0a63f0c4450b79cd2be4',NULL);
INSERT INTO "node" VALUES('8ea1889b745954b7f1defc3b9fad98cf','e3fe773077d2de4d561cfc71fd81bfe2','mine/add','repair',0,'scripted','','52cb7eecc0369358afd3ce0591b2a340','def add(a, b):
    return a + b','fence','1ad3c5989ef83f1ba624de167691918a','638c9a8a4c6b0a63f0c4450b79cd2be4',NULL);
INSERT INTO "node" VALUES('110a14a58ab998aa51267c9754d8bc29','6011c9ac07f7718b351eb6fcf887b6b5','mine/twice','repair',0,'scripted','','368a1f7c710c49122340bd13360ed959','def twice(a):
    return 2 * a','fence','a56ba2d0ea26a5828e46f578f9c9ff6e','b2513e559cb5902a4b785250c4498f2e',NULL);
CREATE TABLE outcome (problem TEXT NOT NULL, config TEXT NOT NULL, error TEXT NOT NULL,
        at REAL NOT NULL, PRIMARY KEY (problem, config)) STRICT;
INSERT INTO "outcome" VALUES('mine/add','a9bb577ba79b42fb8cb064ec8db21b0d','',1.79591997728496599196e+09);
INSERT INTO "outcome" VALUES('mine/twice','a9bb577ba79b42fb8cb064ec8db21b0d','',1.79591997730423402791e+09);
CREATE TABLE problem (id TEXT PRIMARY KEY, position INTEGER NOT NULL, statement TEXT NOT NULL,
        starter TEXT NOT NULL, difficulty TEXT NOT NULL, provenance TEXT NOT NULL) STRICT;
INSERT INTO "problem" VALUES('mine/add',0,'def add(a, b):
    """Add.
    >>> add(1, 2)
    3
    """
','def add(a, b):
    """Add.
    >>> add(1, 2)
    3
    """
','','{"source": "mine.jsonl", "version": "local file", "sha256": "20c36e8108aa9dabd1c8220dd211d1368d66fec44f0161143a07e9b14f4b15e0"}');
INSERT INTO "problem" VALUES('mine/twice',1,'def twice(a):
    """Double.
    >>> twice(2)
    4
    """
','def twice(a):
    """Double.
    >>> twice(2)
    4
    """
','','{"source": "mine.jsonl", "version": "local file", "sha256": "20c36e8108aa9dabd1c8220dd211d1368d66fec44f0161143a07e9b14f4b15e0"}');
CREATE TABLE prompt (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "prompt" VALUES('27291ea92c910ee0d0d99a9a11a2fd59','[["user", "Complete this Python function. Answer with the whole function, and the imports it needs, in one ```python block and nothing else.\n\n```python\ndef add(a, b):\n    \"\"\"Add.\n    >>> add(1, 2)\n    3\n    \"\"\"\n```"]]');
INSERT INTO "prompt" VALUES('0c9e04a146d91590ace81c7e0a34eb92','[["user", "Complete this Python function. Answer with the whole function, and the imports it needs, in one ```python block and nothing else.\n\n```python\ndef twice(a):\n    \"\"\"Double.\n    >>> twice(2)\n    4\n    \"\"\"\n```"]]');
INSERT INTO "prompt" VALUES('2159977d7d4b045373891824cb6f7e34','[["user", "Complete this Python function. Answer with the whole function, and the imports it needs, in one ```python block and nothing else.\n\n```python\ndef add(a, b):\n    \"\"\"Add.\n    >>> add(1, 2)\n    3\n    \"\"\"\n```"], ["assistant", "```python\ndef add(a, b):\n    return a - 1\n```"], ["user", "I ran this program and it failed.\n\nassert add(1, 2) == 3 failed: add(1, 2) returned 0, expected 3\n\nSay in one or two sentences what is wrong. Then write the whole corrected program in one ```python block. The answer must end with the program."]]');
INSERT INTO "prompt" VALUES('e1f161944baa1e0d1311bc37541ff8d2','[["user", "Complete this Python function. Answer with the whole function, and the imports it needs, in one ```python block and nothing else.\n\n```python\ndef add(a, b):\n    \"\"\"Add.\n    >>> add(1, 2)\n    3\n    \"\"\"\n```"], ["assistant", "```python\ndef add(a, b):\n    return a - 2\n```"], ["user", "I ran this program and it failed.\n\nassert add(1, 2) == 3 failed: add(1, 2) returned -1, expected 3\n\nSay in one or two sentences what is wrong. Then write the whole corrected program in one ```python block. The answer must end with the program."]]');
INSERT INTO "prompt" VALUES('9d4b1ce46b9151a51f7d55f1e1639e32','[["user", "Complete this Python function. Answer with the whole function, and the imports it needs, in one ```python block and nothing else.\n\n```python\ndef twice(a):\n    \"\"\"Double.\n    >>> twice(2)\n    4\n    \"\"\"\n```"], ["assistant", "```python\ndef twice(a):\n    return a - 1\n```"], ["user", "I ran this program and it failed.\n\nassert twice(2) == 4 failed: twice(2) returned 1, expected 4\n\nSay in one or two sentences what is wrong. Then write the whole corrected program in one ```python block. The answer must end with the program."]]');
INSERT INTO "prompt" VALUES('1eeb62a48890493e57e9e63052d11202','[["user", "Complete this Python function. Answer with the whole function, and the imports it needs, in one ```python block and nothing else.\n\n```python\ndef twice(a):\n    \"\"\"Double.\n    >>> twice(2)\n    4\n    \"\"\"\n```"], ["assistant", "```python\ndef twice(a):\n    return a - 2\n```"], ["user", "I ran this program and it failed.\n\nassert twice(2) == 4 failed: twice(2) returned 0, expected 4\n\nSay in one or two sentences what is wrong. Then write the whole corrected program in one ```python block. The answer must end with the program."]]');
CREATE TABLE verdict (
        key TEXT NOT NULL UNIQUE, code TEXT NOT NULL, suite TEXT NOT NULL, limits TEXT NOT NULL,
        sandbox TEXT NOT NULL, kind TEXT NOT NULL, outcomes TEXT NOT NULL, message TEXT NOT NULL,
        cpu_seconds REAL NOT NULL, wall_seconds REAL NOT NULL, peak_bytes INTEGER NOT NULL,
        trust TEXT NOT NULL, at REAL NOT NULL) STRICT;
INSERT INTO "verdict" VALUES('276c6bb11962214c04eccb5f1618d3f0','def add(a, b):
    return a - 2','890f852e141c76a247d0213da572b07e','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["example 1", "wrong_answer"]]','assert add(1, 2) == 3 failed: add(1, 2) returned -1, expected 3',0.001944,2.45134050001070136204e-02,10399744,'isolated',1.79591997705309462541e+09);
INSERT INTO "verdict" VALUES('a0eda4dcbd41fcf7ed19eb9113bc34d2','def twice(a):
    return a - 1','3007ca8d026da876d39145255779b1ea','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["example 1", "wrong_answer"]]','assert twice(2) == 4 failed: twice(2) returned 1, expected 4',0.002002,1.28679230001580435782e-02,10399744,'isolated',1.7959199770708255768e+09);
INSERT INTO "verdict" VALUES('24a764686b31d6a74e47b74db3442981','def twice(a):
    return a - 2','3007ca8d026da876d39145255779b1ea','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["example 1", "wrong_answer"]]','assert twice(2) == 4 failed: twice(2) returned 0, expected 4',1.74399999999999989058e-03,1.04434790000595967285e-02,10399744,'isolated',1795919977.10348);
INSERT INTO "verdict" VALUES('ed162d6c7e695ce4a35af61346297fde','def add(a, b):
    return a - 1','890f852e141c76a247d0213da572b07e','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["example 1", "wrong_answer"]]','assert add(1, 2) == 3 failed: add(1, 2) returned 0, expected 3',0.002385,5.17904610001096443738e-02,10403840,'isolated',1.7959199771237370968e+09);
INSERT INTO "verdict" VALUES('a7928eb0463d7ba3eabb9097f67f4c0a','def add(a, b):
    return a - 2','880af6852b441be992b4586f8553dfb5','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["check 1", "wrong_answer"]]','assert add(2, 2) == 4 failed: add(2, 2) returned 0, expected 4',0.002015,2.49859969999306485988e-02,10399744,'isolated',1.79591997714513897889e+09);
INSERT INTO "verdict" VALUES('6d7810aee0c89cdfef979a8e0dd1808f','def twice(a):
    return a - 2','824ac567b9f6b7db100653454e436aea','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["check 1", "wrong_answer"]]','assert twice(3) == 6 failed: twice(3) returned 1, expected 6',0.001885,5.66914899991388665512e-03,10399744,'isolated',1.79591997716095924382e+09);
INSERT INTO "verdict" VALUES('99c8b03d0467353b66b200af92f83f6f','def add(a, b):
    return a - 1','880af6852b441be992b4586f8553dfb5','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["check 1", "wrong_answer"]]','assert add(2, 2) == 4 failed: add(2, 2) returned 1, expected 4',0.002209,2.55955940001513226889e-02,10416128,'isolated',1.79591997716144776342e+09);
INSERT INTO "verdict" VALUES('54ec5b18336d72589dc22e8ac70a1957','def twice(a):
    return a - 1','824ac567b9f6b7db100653454e436aea','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["check 1", "wrong_answer"]]','assert twice(3) == 6 failed: twice(3) returned 2, expected 6',0.001831,1.12401249998583807609e-02,10399744,'isolated',1.79591997719027495383e+09);
INSERT INTO "verdict" VALUES('1ad3c5989ef83f1ba624de167691918a','def add(a, b):
    return a + b','890f852e141c76a247d0213da572b07e','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','passed','[["example 1", "passed"]]','',0.00214,2.25318570001036277972e-02,10399744,'isolated',1.79591997720742058749e+09);
INSERT INTO "verdict" VALUES('a56ba2d0ea26a5828e46f578f9c9ff6e','def twice(a):
    return 2 * a','3007ca8d026da876d39145255779b1ea','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','passed','[["example 1", "passed"]]','',0.001982,2.06756030001997714862e-02,10399744,'isolated',1.79591997723308277132e+09);
INSERT INTO "verdict" VALUES('b2513e559cb5902a4b785250c4498f2e','def twice(a):
    return 2 * a','824ac567b9f6b7db100653454e436aea','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','passed','[["check 1", "passed"]]','',0.002802,1.75665609999668959062e-02,10399744,'isolated',1.79591997725725579255e+09);
INSERT INTO "verdict" VALUES('638c9a8a4c6b0a63f0c4450b79cd2be4','def add(a, b):
    return a + b','880af6852b441be992b4586f8553dfb5','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','passed','[["check 1", "passed"], ["check 2", "passed"]]','',2.22299999999999971581e-03,1.90912060002119687851e-02,10399744,'isolated',1.795919977281160593e+09);
CREATE INDEX node_problem ON node (problem);
COMMIT;
PRAGMA user_version=2;
