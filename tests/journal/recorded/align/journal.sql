BEGIN TRANSACTION;
CREATE TABLE completion (
        key TEXT NOT NULL UNIQUE, model TEXT NOT NULL, prompt TEXT NOT NULL, sampling TEXT NOT NULL,
        sample INTEGER NOT NULL, text TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, finish_reason TEXT NOT NULL,
        name TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL) STRICT;
INSERT INTO "completion" VALUES('91aab1c70361734ec1bf8f92b1180b50','scripted:scripted','b71b0f1c425dbfe7f5ac40c9795aad6c','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 96, "stop": ["## Example", "\n\n", "\n#"], "seed": 0, "grammar": ""}',0,'### Concepts
sums, number 0 , sums',129,0,7,'stop','scripted',0.0,1.79591997927613520628e+09);
INSERT INTO "completion" VALUES('edd16e5a04811d1d8c2a6f7379522f7e','scripted:scripted','e7e247381706767936fae850df190fbd','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 384, "stop": ["## Example", "\n###", "```"], "seed": 0, "grammar": ""}',0,'### Task
Write a function `total0(xs)` that sums up its list.',177,0,11,'stop','scripted',0.0,1.79591997928535532951e+09);
INSERT INTO "completion" VALUES('166dcabdb52b69cfde461838d22b9111','scripted:scripted','b7cf081c3e86539f5e4eda2af7af6aa2','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 1536, "stop": ["## Example", "</tests>", "<instruction>"], "seed": 0, "grammar": ""}',0,'<response>
Add them up.

```python
def total0(xs):
    return sum(xs)
```
</response>

<tests>
```python
assert total0([1, 2]) == 3
assert total0([]) == 0
assert total0([4]) == 4
```
',268,0,27,'stop','scripted',0.0,1.79591997928643393516e+09);
INSERT INTO "completion" VALUES('47275a03140ba5ee5a56a2b94ab674b3','scripted:scripted','b7cf081c3e86539f5e4eda2af7af6aa2','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 1536, "stop": ["## Example", "</tests>", "<instruction>"], "seed": 0, "grammar": ""}',1,'<response>
Add them up.

```python
def total0(xs):
    return len(xs)
```
</response>

<tests>
```python
assert total0([1, 2]) == 3
assert total0([]) == 0
assert total0([4]) == 4
```
',268,0,27,'stop','scripted',0.0,1.79591997929365897179e+09);
INSERT INTO "completion" VALUES('d2b3c50bbfdb456b867fcc98d3ddc719','scripted:scripted','7b7db50d80521a65909e6181ecf208f7','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 96, "stop": ["## Example", "\n\n", "\n#"], "seed": 0, "grammar": ""}',0,'',123,0,0,'stop','scripted',0.0,1.79591997929479336741e+09);
INSERT INTO "completion" VALUES('95828f51754416a4629260a520756849','scripted:scripted','a577b48339174a450b4c0ac3429d3a1c','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 96, "stop": ["## Example", "\n\n", "\n#"], "seed": 0, "grammar": ""}',0,'### Concepts
sums, number 2 , sums',125,0,7,'stop','scripted',0.0,1.79591997929555726052e+09);
INSERT INTO "completion" VALUES('2a1c3e31ce7359d3102c712469093cc8','scripted:scripted','73b968403f8e3eba4a681813fbd26593','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 384, "stop": ["## Example", "\n###", "```"], "seed": 0, "grammar": ""}',0,'No.',189,0,1,'stop','scripted',0.0,1.7959199792961971759e+09);
INSERT INTO "completion" VALUES('0b76a5ca07bc63d43d533a60ceb64e06','scripted:scripted','918eca3952542bc15ff481dadf294334','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 96, "stop": ["## Example", "\n\n", "\n#"], "seed": 0, "grammar": ""}',0,'### Concepts
sums, number 3 , sums',125,0,7,'stop','scripted',0.0,1.79591997931263732909e+09);
INSERT INTO "completion" VALUES('bdcb2c5498f737553496e36f84ccb1f2','scripted:scripted','bdab6779b2edcaa9e39721c552fe8a77','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 384, "stop": ["## Example", "\n###", "```"], "seed": 0, "grammar": ""}',0,'### Task
Write a function `total3(xs)` that sums up its list.',174,0,11,'stop','scripted',0.0,1.79591997931338453291e+09);
INSERT INTO "completion" VALUES('e866b946aeb91aeef8501b318c3297cd','scripted:scripted','f5e40097e3e0de2219df6f64ef9c4630','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 1536, "stop": ["## Example", "</tests>", "<instruction>"], "seed": 0, "grammar": ""}',0,'<response>
Add them up.

```python
def total3(xs):
    return sum(xs)
```
</response>

<tests>
```python
assert total3([1, 2]) == 3
assert total3([]) == 0
assert total3([4]) == 4
```
',284,0,27,'stop','scripted',0.0,1.79591997931469416621e+09);
INSERT INTO "completion" VALUES('43e8eadb78667d1151bf1e74176a8568','scripted:scripted','f5e40097e3e0de2219df6f64ef9c4630','{"temperature": 0.7, "top_p": 1.0, "max_tokens": 1536, "stop": ["## Example", "</tests>", "<instruction>"], "seed": 0, "grammar": ""}',1,'<response>
Add them up.

```python
def total3(xs):
    return len(xs)
```
</response>

<tests>
```python
assert total3([1, 2]) == 3
assert total3([]) == 0
assert total3([4]) == 4
```
',284,0,27,'stop','scripted',0.0,1.79591997932546234128e+09);
CREATE TABLE node (
        id TEXT NOT NULL UNIQUE, parent TEXT, problem TEXT NOT NULL, stage TEXT NOT NULL,
        sample INTEGER NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL, completion TEXT,
        code TEXT, extraction TEXT, shown TEXT, verdict TEXT, reward REAL) STRICT;
INSERT INTO "node" VALUES('6bb7a9d7d4b8666dfdc36fa627accbac',NULL,'6c453def47d933b0','concepts',0,'scripted','','91aab1c70361734ec1bf8f92b1180b50',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('e22549c1a5be2070e6a9fa328525d4a9','6bb7a9d7d4b8666dfdc36fa627accbac','6c453def47d933b0','instruction',0,'scripted','','edd16e5a04811d1d8c2a6f7379522f7e',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('a79d02b8da1978701f338df30037d1d0',NULL,'9e2f1b2b0c06ac39','concepts',0,'scripted','','d2b3c50bbfdb456b867fcc98d3ddc719',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('a8577614cca5ed986f00c4ec910007d5',NULL,'9e53d70994f62ff5','concepts',0,'scripted','','95828f51754416a4629260a520756849',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('2d071ee6b00dd646b5566d3699f5ede8','a8577614cca5ed986f00c4ec910007d5','9e53d70994f62ff5','instruction',0,'scripted','','2a1c3e31ce7359d3102c712469093cc8',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('28f5510904f24fd64ccd3846d61b7f56',NULL,'7a11e766b4045348','concepts',0,'scripted','','0b76a5ca07bc63d43d533a60ceb64e06',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('c4dbbd1607e0c98e511f3088f772e626','28f5510904f24fd64ccd3846d61b7f56','7a11e766b4045348','instruction',0,'scripted','','bdcb2c5498f737553496e36f84ccb1f2',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "node" VALUES('a0f1e6de1e89a9bd5df8b1fb7ea00e08','e22549c1a5be2070e6a9fa328525d4a9','6c453def47d933b0','response',0,'scripted','','166dcabdb52b69cfde461838d22b9111','def total0(xs):
    return sum(xs)','fence',NULL,'420a2c38372fe5ec51a0ac21591b2b85',NULL);
INSERT INTO "node" VALUES('b8c58e95e8581787b617fe77040213a1','e22549c1a5be2070e6a9fa328525d4a9','6c453def47d933b0','response',1,'scripted','','47275a03140ba5ee5a56a2b94ab674b3','def total0(xs):
    return len(xs)','fence',NULL,'c711bc140a514bafff5e7e0dc91f6322',NULL);
INSERT INTO "node" VALUES('4e14129efbde46377cd3f62f713b0435','c4dbbd1607e0c98e511f3088f772e626','7a11e766b4045348','response',0,'scripted','','e866b946aeb91aeef8501b318c3297cd','def total3(xs):
    return sum(xs)','fence',NULL,'efa7779a1e1e9d2be0391f811543f4f7',NULL);
INSERT INTO "node" VALUES('ef8e9630cd987c4efd6dd06c5ec81eaa','c4dbbd1607e0c98e511f3088f772e626','7a11e766b4045348','response',1,'scripted','','43e8eadb78667d1151bf1e74176a8568','def total3(xs):
    return len(xs)','fence',NULL,'875995ec1a21f0f85bdc7351c0ccb882',NULL);
CREATE TABLE outcome (problem TEXT NOT NULL, config TEXT NOT NULL, error TEXT NOT NULL,
        at REAL NOT NULL, PRIMARY KEY (problem, config)) STRICT;
INSERT INTO "outcome" VALUES('9e2f1b2b0c06ac39','278bdb31233bbcde6cf2473f5e8d60a5','',1.7959199792950184346e+09);
INSERT INTO "outcome" VALUES('9e53d70994f62ff5','278bdb31233bbcde6cf2473f5e8d60a5','',1.79591997931185221666e+09);
INSERT INTO "outcome" VALUES('6c453def47d933b0','278bdb31233bbcde6cf2473f5e8d60a5','',1.79591998072531151778e+09);
INSERT INTO "outcome" VALUES('7a11e766b4045348','278bdb31233bbcde6cf2473f5e8d60a5','',1.79591998077362871165e+09);
CREATE TABLE problem (id TEXT PRIMARY KEY, position INTEGER NOT NULL, statement TEXT NOT NULL,
        starter TEXT NOT NULL, difficulty TEXT NOT NULL, provenance TEXT NOT NULL) STRICT;
INSERT INTO "problem" VALUES('6c453def47d933b0',0,'def f0(xs):
    """Return the sum of xs and 0."""
    return sum(xs) + 0','','','{"name": "f0", "docstring": "Return.", "origin": "pkg", "version": "1.0", "path": "m0.py", "line": "3", "licence": "MIT"}');
INSERT INTO "problem" VALUES('9e2f1b2b0c06ac39',1,'def f1(xs):
    """Return the sum of xs and 1."""
    return sum(xs) + 1','','','{"name": "f1", "docstring": "Return.", "origin": "pkg", "version": "1.0", "path": "m1.py", "line": "3", "licence": "MIT"}');
INSERT INTO "problem" VALUES('9e53d70994f62ff5',2,'def f2(xs):
    """Return the sum of xs and 2."""
    return sum(xs) + 2','','','{"name": "f2", "docstring": "Return.", "origin": "pkg", "version": "1.0", "path": "m2.py", "line": "3", "licence": "MIT"}');
INSERT INTO "problem" VALUES('7a11e766b4045348',3,'def f3(xs):
    """Return the sum of xs and 3."""
    return sum(xs) + 3','','','{"name": "f3", "docstring": "Return.", "origin": "pkg", "version": "1.0", "path": "m3.py", "line": "3", "licence": "MIT"}');
CREATE TABLE prompt (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "prompt" VALUES('b71b0f1c425dbfe7f5ac40c9795aad6c','[["system", "You read Python code and name the programming concepts in it: data structures, algorithms, features of the language. They say how the code computes, not what it is used for. Each concept is a few words that would mean the same in any other program, never the name of a variable. Write two to four of them in one line, separated by commas."], ["user", "### Snippet\n```python\ndef merged(base, override):\n    \"\"\"Return `base` with the values of `override`, level by level.\"\"\"\n    result = dict(base)\n    for key, value in override.items():\n        both = isinstance(value, dict) and isinstance(result.get(key), dict)\n        result[key] = merged(result[key], value) if both else value\n    return result\n```"], ["assistant", "### Concepts\nrecursion, nested dictionaries, building keys"], ["user", "### Snippet\n```python\ndef f0(xs):\n    \"\"\"Return the sum of xs and 0.\"\"\"\n    return sum(xs) + 0\n```"]]');
INSERT INTO "prompt" VALUES('e7e247381706767936fae850df190fbd','[["system", "You set programming tasks. Each task has given properties: a category (a function, a class, or a program of several functions), a difficulty, a language, and concepts that it must need. Write one paragraph that stands alone: it names what is to be written with its arguments, and says exactly what each call returns, also in special cases. Arguments and results are plain values such as numbers, texts, lists and dictionaries, and a result depends on the arguments alone, never on files, the network, the time or chance. The paragraph has no code in it, and no solution."], ["user", "### Properties\ncategory: function\ndifficulty: hard\nlanguage: Python\nconcepts: breadth-first search, grid neighbours, queues"], ["assistant", "### Task\nWrite a function `fewest_moves(maze)` that takes a maze as a list of strings of equal length. \"#\" is a wall, \"S\" the start and \"E\" the exit. Return the smallest number of steps up, down, left or right from the start to the exit, or -1 if there is no way."], ["user", "### Properties\ncategory: function\ndifficulty: hard\nlanguage: Python\nconcepts: sums, number 0"]]');
INSERT INTO "prompt" VALUES('b7cf081c3e86539f5e4eda2af7af6aa2','[["system", "You solve programming tasks in Python and prove it. For each <instruction> write a <response>: one or two sentences on how it is solved, then the complete code in one block, with all imports. Then write <tests>: two or three short assert statements that call this code with the simplest arguments, where the right result is plain to see. Every assert must hold."], ["user", "<instruction>\nWrite a function `fewest_moves(maze)` that takes a maze as a list of strings of equal length. \"#\" is a wall, \"S\" the start and \"E\" the exit. Return the smallest number of steps up, down, left or right from the start to the exit, or -1 if there is no way.\n</instruction>"], ["assistant", "<response>\nA breadth-first search visits cells in the order of their distance, so the first time it meets the exit the distance is the smallest.\n\n```python\nfrom collections import deque\n\n\ndef fewest_moves(maze):\n    cells = {(x, y): c for y, row in enumerate(maze) for x, c in enumerate(row) if c != \"#\"}\n    start = next(cell for cell, c in cells.items() if c == \"S\")\n    seen, queue = {start}, deque([(start, 0)])\n    while queue:\n        (x, y), moves = queue.popleft()\n        if cells[x, y] == \"E\":\n            return moves\n        for cell in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):\n            if cell in cells and cell not in seen:\n                seen.add(cell)\n                queue.append((cell, moves + 1))\n    return -1\n```\n</response>\n\n<tests>\n```python\nassert fewest_moves([\"SE\"]) == 1\nassert fewest_moves([\"S.E\"]) == 2\nassert fewest_moves([\"S#E\", \"...\"]) == 4\nassert fewest_moves([\"S#E\"]) == -1\n```\n</tests>"], ["user", "<instruction>\nWrite a function `total0(xs)` that sums up its list.\n</instruction>"]]');
INSERT INTO "prompt" VALUES('7b7db50d80521a65909e6181ecf208f7','[["system", "You read Python code and name the programming concepts in it: data structures, algorithms, features of the language. They say how the code computes, not what it is used for. Each concept is a few words that would mean the same in any other program, never the name of a variable. Write two to four of them in one line, separated by commas."], ["user", "### Snippet\n```python\ndef count_levels(lines):\n    \"\"\"Return how many log lines there are of each level.\"\"\"\n    counts = {}\n    for line in lines:\n        level = line.split(\":\", 1)[0].upper()\n        counts[level] = counts.get(level, 0) + 1\n    return counts\n```"], ["assistant", "### Concepts\ndictionary counting, case normalisation, trimming whitespace"], ["user", "### Snippet\n```python\ndef f1(xs):\n    \"\"\"Return the sum of xs and 1.\"\"\"\n    return sum(xs) + 1\n```"]]');
INSERT INTO "prompt" VALUES('a577b48339174a450b4c0ac3429d3a1c','[["system", "You read Python code and name the programming concepts in it: data structures, algorithms, features of the language. They say how the code computes, not what it is used for. Each concept is a few words that would mean the same in any other program, never the name of a variable. Write two to four of them in one line, separated by commas."], ["user", "### Snippet\n```python\ndef progress_bar(done, total, width=20):\n    \"\"\"Return a text bar such as [####----].\"\"\"\n    filled = width * done // total\n    return \"[\" + \"#\" * filled + \"-\" * (width - filled) + \"]\"\n```"], ["assistant", "### Concepts\nstring formatting, accumulating a total, column alignment"], ["user", "### Snippet\n```python\ndef f2(xs):\n    \"\"\"Return the sum of xs and 2.\"\"\"\n    return sum(xs) + 2\n```"]]');
INSERT INTO "prompt" VALUES('73b968403f8e3eba4a681813fbd26593','[["system", "You set programming tasks. Each task has given properties: a category (a function, a class, or a program of several functions), a difficulty, a language, and concepts that it must need. Write one paragraph that stands alone: it names what is to be written with its arguments, and says exactly what each call returns, also in special cases. Arguments and results are plain values such as numbers, texts, lists and dictionaries, and a result depends on the arguments alone, never on files, the network, the time or chance. The paragraph has no code in it, and no solution."], ["user", "### Properties\ncategory: function\ndifficulty: hard\nlanguage: Python\nconcepts: directed graphs, topological sorting, cycle detection"], ["assistant", "### Task\nWrite a function `build_order(needs)`. `needs` is a dictionary from the name of each package to the list of packages that must be built before it; every package is a key. Return all packages in an order in which they can be built. Where several could be next, take the alphabetically first. Raise a `ValueError` if packages need each other in a circle."], ["user", "### Properties\ncategory: function\ndifficulty: hard\nlanguage: Python\nconcepts: sums, number 2"]]');
INSERT INTO "prompt" VALUES('918eca3952542bc15ff481dadf294334','[["system", "You read Python code and name the programming concepts in it: data structures, algorithms, features of the language. They say how the code computes, not what it is used for. Each concept is a few words that would mean the same in any other program, never the name of a variable. Write two to four of them in one line, separated by commas."], ["user", "### Snippet\n```python\ndef progress_bar(done, total, width=20):\n    \"\"\"Return a text bar such as [####----].\"\"\"\n    filled = width * done // total\n    return \"[\" + \"#\" * filled + \"-\" * (width - filled) + \"]\"\n```"], ["assistant", "### Concepts\nstring formatting, accumulating a total, column alignment"], ["user", "### Snippet\n```python\ndef f3(xs):\n    \"\"\"Return the sum of xs and 3.\"\"\"\n    return sum(xs) + 3\n```"]]');
INSERT INTO "prompt" VALUES('bdab6779b2edcaa9e39721c552fe8a77','[["system", "You set programming tasks. Each task has given properties: a category (a function, a class, or a program of several functions), a difficulty, a language, and concepts that it must need. Write one paragraph that stands alone: it names what is to be written with its arguments, and says exactly what each call returns, also in special cases. Arguments and results are plain values such as numbers, texts, lists and dictionaries, and a result depends on the arguments alone, never on files, the network, the time or chance. The paragraph has no code in it, and no solution."], ["user", "### Properties\ncategory: program\ndifficulty: hard\nlanguage: Python\nconcepts: tokenising text, operator precedence, recursive descent parsing"], ["assistant", "### Task\nWrite a program that works out formulas of whole numbers with +, -, * and round brackets. `tokens(text)` splits a formula into a list of numbers and signs, leaving blanks out. `calculate(text)` returns its value; * binds stronger than + and -. Do not use `eval`."], ["user", "### Properties\ncategory: program\ndifficulty: hard\nlanguage: Python\nconcepts: sums, number 3"]]');
INSERT INTO "prompt" VALUES('f5e40097e3e0de2219df6f64ef9c4630','[["system", "You solve programming tasks in Python and prove it. For each <instruction> write a <response>: one or two sentences on how it is solved, then the complete code in one block, with all imports. Then write <tests>: two or three short assert statements that call this code with the simplest arguments, where the right result is plain to see. Every assert must hold."], ["user", "<instruction>\nWrite a program that works out formulas of whole numbers with +, -, * and round brackets. `tokens(text)` splits a formula into a list of numbers and signs, leaving blanks out. `calculate(text)` returns its value; * binds stronger than + and -. Do not use `eval`.\n</instruction>"], ["assistant", "<response>\nOne function for each level: a sum consists of products, a product of atoms, and an atom is a number or a sum in brackets. Each takes what it reads from the front of the list.\n\n```python\nimport re\n\n\ndef tokens(text):\n    return re.findall(r\"\\d+|[-+*()]\", text)\n\n\ndef calculate(text):\n    return _sum(tokens(text))\n\n\ndef _sum(rest):\n    value = _product(rest)\n    while rest and rest[0] in \"+-\":\n        sign = 1 if rest.pop(0) == \"+\" else -1\n        value += sign * _product(rest)\n    return value\n\n\ndef _product(rest):\n    value = _atom(rest)\n    while rest and rest[0] == \"*\":\n        rest.pop(0)\n        value *= _atom(rest)\n    return value\n\n\ndef _atom(rest):\n    first = rest.pop(0)\n    if first != \"(\":\n        return int(first)\n    value = _sum(rest)\n    rest.pop(0)\n    return value\n\n\nif __name__ == \"__main__\":\n    print(calculate(\"2 * (3 + 4)\"))\n```\n</response>\n\n<tests>\n```python\nassert tokens(\"12+ (3)\") == [\"12\", \"+\", \"(\", \"3\", \")\"]\nassert calculate(\"1 + 2 * 3\") == 7\nassert calculate(\"(1 + 2) * 3\") == 9\nassert calculate(\"10 - 4 - 3\") == 3\nassert calculate(\"5\") == 5\n```\n</tests>"], ["user", "<instruction>\nWrite a function `total3(xs)` that sums up its list.\n</instruction>"]]');
CREATE TABLE verdict (
        key TEXT NOT NULL UNIQUE, code TEXT NOT NULL, suite TEXT NOT NULL, limits TEXT NOT NULL,
        sandbox TEXT NOT NULL, kind TEXT NOT NULL, outcomes TEXT NOT NULL, message TEXT NOT NULL,
        cpu_seconds REAL NOT NULL, wall_seconds REAL NOT NULL, peak_bytes INTEGER NOT NULL,
        trust TEXT NOT NULL, at REAL NOT NULL) STRICT;
INSERT INTO "verdict" VALUES('420a2c38372fe5ec51a0ac21591b2b85','def total0(xs):
    return sum(xs)','b20b2be967bd9702322a5f185a774810','{"cpu_seconds": 4.0, "wall_seconds": 10.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','passed','[["own", "passed", {"reached": 3}]]','',0.006455,4.95654390001618594396e-02,13762560,'in_process',1.79591998071310639381e+09);
INSERT INTO "verdict" VALUES('c711bc140a514bafff5e7e0dc91f6322','def total0(xs):
    return len(xs)','8142fa2945d132ece5002467ec714763','{"cpu_seconds": 4.0, "wall_seconds": 10.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["own", "wrong_answer"]]','assert total0([1, 2]) == 3 failed: total0([1, 2]) was 2, expected 3',0.005539,2.2543468999629112659e-02,13766656,'in_process',1.79591998072506117819e+09);
INSERT INTO "verdict" VALUES('efa7779a1e1e9d2be0391f811543f4f7','def total3(xs):
    return sum(xs)','c586b0c34d1bbe59eee42af809e4caf1','{"cpu_seconds": 4.0, "wall_seconds": 10.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','passed','[["own", "passed", {"reached": 3}]]','',0.005262,2.10768619999726070091e-02,13762560,'in_process',1.79591998075692534445e+09);
INSERT INTO "verdict" VALUES('875995ec1a21f0f85bdc7351c0ccb882','def total3(xs):
    return len(xs)','a15694e4aadc8ee53eb12b3b4fd0c354','{"cpu_seconds": 4.0, "wall_seconds": 10.0, "memory_bytes": 2147483648, "output_bytes": 8388608, "processes": 64}','fork-1 python-3.11.7 fb0b71e92919','wrong_answer','[["own", "wrong_answer"]]','assert total3([1, 2]) == 3 failed: total3([1, 2]) was 2, expected 3',5.89699999999999946442e-03,4.17293419995985459536e-02,13766656,'in_process',1.7959199807733755112e+09);
CREATE INDEX node_problem ON node (problem);
COMMIT;
PRAGMA user_version=2;
