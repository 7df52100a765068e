BEGIN TRANSACTION;
CREATE TABLE completion (
        key TEXT NOT NULL UNIQUE, model TEXT NOT NULL, prompt TEXT NOT NULL, sampling TEXT NOT NULL,
        sample INTEGER NOT NULL, text TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, finish_reason TEXT NOT NULL,
        name TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL) STRICT;
INSERT INTO "completion" VALUES('2d4a0d79c43f6f8bb70d27bfddd4e296','scripted:scripted','24140a05c82c534852c55cc1472532aa','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'Think again.
```python
def add(a, b):
    return a
```',172,0,9,'stop','scripted',0.0,1.79591997777210783966e+09);
INSERT INTO "completion" VALUES('77a9246c8fea57a557c2395b809efee6','scripted:scripted','27291ea92c910ee0d0d99a9a11a2fd59','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'Think again.
```python
def add(a, b):
    return a
```',32,0,9,'stop','scripted',0.0,1.79591997780157637595e+09);
INSERT INTO "completion" VALUES('062b7c1857a93a6b2c8c687706e74d57','scripted:scripted','848dd520612c5c0391302f24ef1b0bd3','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'Think again.
```python
def twice(a):
    return a
```',169,0,8,'stop','scripted',0.0,1.79591997780265116694e+09);
INSERT INTO "completion" VALUES('e94d9d5270ff288bc3e7fc45f9f7349e','scripted:scripted','0c9e04a146d91590ace81c7e0a34eb92','{"temperature": 0.8, "top_p": 0.95, "max_tokens": 512, "stop": [], "seed": 0, "grammar": ""}',0,'Think again.
```python
def twice(a):
    return a
```',30,0,8,'stop','scripted',0.0,1.79591997780348134041e+09);
CREATE TABLE node (
        id TEXT NOT NULL UNIQUE, parent TEXT, problem TEXT NOT NULL, stage TEXT NOT NULL,
        sample INTEGER NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL, completion TEXT,
        code TEXT, extraction TEXT, shown TEXT, verdict TEXT, reward REAL) STRICT;
INSERT INTO "node" VALUES('620b0859a39c145636c964e93aba5490',NULL,'mine/add','tests',0,'scripted','','2d4a0d79c43f6f8bb70d27bfddd4e296',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('f5029c9ddea7b8365270054f0de1b654',NULL,'mine/twice','tests',0,'scripted','','062b7c1857a93a6b2c8c687706e74d57',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('dc8358d44a79443deca86d2c3f8dac8f',NULL,'mine/add','program',0,'scripted','','77a9246c8fea57a557c2395b809efee6','def add(a, b):
    return a','fence',NULL,'940ba51ab3ae3e9894dd0d8d2863a5f9',NULL);
INSERT INTO "node" VALUES('3c0d2ff853185b75b874ccfdb7f561e3','dc8358d44a79443deca86d2c3f8dac8f','mine/add','observation',0,'own tests','No test of its own can be used.',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('86de9a6bab877b8e6e02818d06435beb','dc8358d44a79443deca86d2c3f8dac8f','mine/add','submission',0,'strategy','reflexion',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('59b2cf8ed119dac938cbc5b835918d48',NULL,'mine/twice','program',0,'scripted','','e94d9d5270ff288bc3e7fc45f9f7349e','def twice(a):
    return a','fence',NULL,'85fa516c3046b08bc8b405f3a1b4b912',NULL);
INSERT INTO "node" VALUES('0f17cdd455bd050cd016b70028385319','59b2cf8ed119dac938cbc5b835918d48','mine/twice','observation',0,'own tests','No test of its own can be used.',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('4988d0eac708a7f5a7ad4bdbc52a617b','59b2cf8ed119dac938cbc5b835918d48','mine/twice','submission',0,'strategy','reflexion',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE outcome (problem TEXT NOT NULL, config TEXT NOT NULL, error TEXT NOT NULL,
        at REAL NOT NULL, PRIMARY KEY (problem, config)) STRICT;
INSERT INTO "outcome" VALUES('mine/add','17ee7c76018b1daf37cc280744ca4981','',1.7959199788214130402e+09);
INSERT INTO "outcome" VALUES('mine/twice','17ee7c76018b1daf37cc280744ca4981','',1.79591997882199954986e+09);
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
INSERT INTO "prompt" VALUES('24140a05c82c534852c55cc1472532aa','[["user", "def longest_run(numbers: list[int]) -> int:\n    \"\"\"Return how many equal numbers follow one another at most.\n    >>> longest_run([1, 1, 2])\n    2\n    \"\"\"\n\nDo not write the program. Write tests for it: six lines of the form\n\nassert longest_run(...) == ...\n\nEach calls `longest_run` with other values and states what it must return by the description, special cases too. Answer with the assert lines in one ```python block and nothing else."], ["assistant", "```python\nassert longest_run([]) == 0\nassert longest_run([7]) == 1\nassert longest_run([1, 1, 2]) == 2\nassert longest_run([3, 3, 3, 3]) == 4\nassert longest_run([1, 2, 1, 2]) == 1\nassert longest_run([5, 5, 0, 5, 5, 5]) == 3\n```"], ["user", "def add(a, b):\n    \"\"\"Add.\n    >>> add(1, 2)\n    3\n    \"\"\"\n\nFor example: assert add(1, 2) == 3\n\nDo not write the program. Write tests for it: six lines of the form\n\nassert add(...) == ...\n\nEach calls `add` with other values and states what it must return by the description, special cases too. Answer with the assert lines in one ```python block and nothing else."]]');
INSERT INTO "prompt" VALUES('27291ea92c910ee0d0d99a9a11a2fd59','[["user", "Complete this Python function. Answer with the whole function, and the imports it needs, in one ```python block and nothing else.\n\n```python\ndef add(a, b):\n    \"\"\"Add.\n    >>> add(1, 2)\n    3\n    \"\"\"\n```"]]');
INSERT INTO "prompt" VALUES('848dd520612c5c0391302f24ef1b0bd3','[["user", "def longest_run(numbers: list[int]) -> int:\n    \"\"\"Return how many equal numbers follow one another at most.\n    >>> longest_run([1, 1, 2])\n    2\n    \"\"\"\n\nDo not write the program. Write tests for it: six lines of the form\n\nassert longest_run(...) == ...\n\nEach calls `longest_run` with other values and states what it must return by the description, special cases too. Answer with the assert lines in one ```python block and nothing else."], ["assistant", "```python\nassert longest_run([]) == 0\nassert longest_run([7]) == 1\nassert longest_run([1, 1, 2]) == 2\nassert longest_run([3, 3, 3, 3]) == 4\nassert longest_run([1, 2, 1, 2]) == 1\nassert longest_run([5, 5, 0, 5, 5, 5]) == 3\n```"], ["user", "def twice(a):\n    \"\"\"Double.\n    >>> twice(2)\n    4\n    \"\"\"\n\nFor example: assert twice(2) == 4\n\nDo not write the program. Write tests for it: six lines of the form\n\nassert twice(...) == ...\n\nEach calls `twice` with other values and states what it must return by the description, special cases too. Answer with the assert lines in one ```python block and nothing else."]]');
INSERT INTO "prompt" VALUES('0c9e04a146d91590ace81c7e0a34eb92','[["user", "Complete this Python function. Answer with the whole function, and the imports it needs, in one ```python block and nothing else.\n\n```python\ndef twice(a):\n    \"\"\"Double.\n    >>> twice(2)\n    4\n    \"\"\"\n```"]]');
CREATE TABLE verdict (
        key TEXT NOT NULL UNIQUE, code TEXT NOT NULL, suite TEXT NOT NULL, limits TEXT NOT NULL,
        sandbox TEXT NOT NULL, kind TEXT NOT NULL, outcomes TEXT NOT NULL, message TEXT NOT NULL,
        cpu_seconds REAL NOT NULL, wall_seconds REAL NOT NULL, peak_bytes INTEGER NOT NULL,
        trust TEXT NOT NULL, at REAL NOT NULL) STRICT;
INSERT INTO "verdict" VALUES('940ba51ab3ae3e9894dd0d8d2863a5f9','def add(a, b):
    return a','880af6852b441be992b4586f8553dfb5','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["check 1", "wrong_answer"]]','assert add(2, 2) == 4 failed: add(2, 2) returned 2, expected 4',0.001727,8.76709999965896713547e-03,10518528,'isolated',1.79591997882092237475e+09);
INSERT INTO "verdict" VALUES('85fa516c3046b08bc8b405f3a1b4b912','def twice(a):
    return a','824ac567b9f6b7db100653454e436aea','{"cpu_seconds": 10.0, "wall_seconds": 30.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["check 1", "wrong_answer"]]','assert twice(3) == 6 failed: twice(3) returned 3, expected 6',1.75699999999999988131e-03,9.02916899985939380712e-03,10391552,'isolated',1.79591997882168579099e+09);
CREATE INDEX node_problem ON node (problem);
COMMIT;
PRAGMA user_version=2;
