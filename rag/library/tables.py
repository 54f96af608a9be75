"""The tables of a library."""

FORMAT = 6
DAMAGED = (
    "Run python -m rag doctor --repair, which keeps the damaged file and saves what can be read; "
    "the articles themselves are untouched."
)
TABLES: tuple[str, ...] = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # tells these rows from others, so that files derived from those are told
    "INSERT INTO facts VALUES ('library', lower(hex(randomblob(16))))",
    """CREATE TABLE documents (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
        date TEXT, source TEXT NOT NULL, headings TEXT NOT NULL, text TEXT NOT NULL,
        digest TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
        author TEXT NOT NULL DEFAULT '', places TEXT NOT NULL DEFAULT '[]',
        language TEXT NOT NULL DEFAULT '', reading TEXT NOT NULL DEFAULT '',
        revised TEXT, words INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE passages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents(number) ON DELETE CASCADE,
        start INTEGER NOT NULL, end INTEGER NOT NULL, sentences BLOB NOT NULL,
        boilerplate INTEGER NOT NULL, vector BLOB NOT NULL, generation INTEGER NOT NULL)""",
    "CREATE INDEX passages_document ON passages(document)",
    "CREATE INDEX passages_generation ON passages(generation)",
    "CREATE TABLE removed (passage INTEGER PRIMARY KEY, generation INTEGER NOT NULL)",
    # what is asked of all documents or of all removed passages is answered without reading texts
    "CREATE INDEX removed_generation ON removed(generation)",
    "CREATE INDEX documents_dates ON documents(date, id)",
    "CREATE INDEX documents_language ON documents(language)",
    "CREATE INDEX documents_states ON documents(id, digest, size, modified, reading)",
    "CREATE TABLE failures (id TEXT PRIMARY KEY, reason TEXT NOT NULL)",
    # What proves a document's rows.
    """CREATE TABLE seals (
        document INTEGER PRIMARY KEY REFERENCES documents(number) ON DELETE CASCADE,
        text INTEGER NOT NULL, vectors INTEGER NOT NULL)""",
    # Vectors of another embedder, until every passage has one.
    """CREATE TABLE fresh (
        passage INTEGER PRIMARY KEY REFERENCES passages(number) ON DELETE CASCADE,
        vector BLOB NOT NULL, checksum INTEGER NOT NULL)""",
    # Files that hold the very same as a document's own file.
    """CREATE TABLE copies (
        id TEXT PRIMARY KEY,
        document INTEGER NOT NULL REFERENCES documents(number) ON DELETE CASCADE,
        size INTEGER NOT NULL, modified INTEGER NOT NULL)""",
    "CREATE INDEX copies_document ON copies(document)",
    # Where articles were before, so that what names them by id still finds them.
    "CREATE TABLE former (id TEXT PRIMARY KEY, now TEXT NOT NULL)",
    "CREATE INDEX former_now ON former(now)",
    # What a person sets by hand, and what the file tells.
    """CREATE TABLE corrections (
        id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, was TEXT,
        PRIMARY KEY (id, name))""",
)
