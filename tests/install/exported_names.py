"""Compares what a shared library exports with what public headers declare.
Usage: exported_names.py LIBRARY HEADER...
Each function that a header declares and does not define must be exported, in as many overloads, and nothing else may be."""
import collections
import pathlib
import re
import subprocess
import sys

OPERATOR = r"operator\s*(?:\(\)|\[\]|[^\s\w(]+|\s[\w:]+)"
FUNCTION = re.compile(rf"((?:~\s*)?\b[A-Za-z_]\w*|{OPERATOR})\s*$")


def without_templates(text):
    """`text` without what stands between < and >."""
    text = re.sub(r"operator(<=>|<<=?|>>=?|->|<=?|>=?)", lambda m: "operator" + m[1].translate(str.maketrans("<>", "\1\2")), text)
    while (shorter := re.sub(r"<[^<>]*>", "", text)) != text:
        text = shorter
    return text.translate(str.maketrans("\1\2", "<>"))


class Declarations:
    """The functions of headers in one style: statements within namespaces and classes."""

    def __init__(self):
        self.defined_elsewhere = collections.Counter()
        self.all = set()

    def read(self, text):
        text = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'', '""', re.sub(r"//.*|/\*.*?\*/|^\s*#.*", "", text, flags=re.M))
        text = re.sub(r"\[\[.*?\]\]", "", text, flags=re.S)
        scopes, statement, parentheses = [], "", 0
        i = 0
        while i < len(text):
            c = text[i]
            parentheses += (c == "(") - (c == ")")
            if parentheses or c not in "{};":
                statement += c
            elif c == "{":
                scope = self.scope(statement)
                if scope is None:
                    i = self.end_of_block(text, i)
                    if "(" in without_templates(statement):  # a body: no ';' follows
                        self.function(scopes, statement, True)
                        statement = ""
                else:
                    scopes.append(scope)
                    statement = ""
            elif c == "}":
                scopes.pop()
                statement = ""
            else:
                self.function(scopes, statement, False)
                statement = ""
            i += 1

    @staticmethod
    def end_of_block(text, i):
        depth = 0
        while True:
            depth += (text[i] == "{") - (text[i] == "}")
            if depth == 0:
                return i
            i += 1

    @staticmethod
    def scope(statement):
        plain = re.sub(r"\b(public|private|protected)\s*:(?!:)", "", without_templates(statement)).strip()
        match = re.match(r"(?:template\s+)*(?:namespace|class|struct|union)\s+([\w:]+)", plain)
        return match[1] if match and "(" not in plain else None

    def function(self, scopes, statement, has_body):
        plain = re.sub(r"\b(public|private|protected)\s*:(?!:)", "", without_templates(statement)).strip()
        if "(" not in plain or "(*" in plain or re.match(r"(using|friend|static_assert|extern template|typedef)\b", plain):
            return
        head = plain[:plain.index("(")]
        if head.endswith("operator"):
            head += "()"
        match = FUNCTION.search(head)
        if not match or "=" in head.replace(match[1], ""):  # a variable
            return
        name = "::".join([*scopes, re.sub(r"\s+", "", match[1])])
        self.all.add(name)
        # Templates within classes are private: the library holds what it uses of them.
        is_private = plain.startswith("template") and len(scopes) > 1
        if not has_body and not is_private and not re.search(r"=\s*(0|default|delete)$", plain):
            self.defined_elsewhere[name] += 1


def exported(library):
    """The functions that the library exports: how many overloads and instances each name has."""
    lines = subprocess.run(["nm", "-D", "-C", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    names = collections.Counter()
    for symbol in {line.split(maxsplit=2)[2] for line in lines.splitlines()}:
        symbol = without_templates(re.sub(r"\[abi:\w+\]", "", symbol))
        if symbol.startswith(("vtable for", "typeinfo for", "typeinfo name for", "VTT for")):
            continue
        head = symbol.split("(")[0]
        names[re.search(r"scrawl::(?:\w+::)*(?:~?\w+|operator.*)$", head + ("()" if head.endswith("operator") else ""))[0]] += 1
    return names


def main(library, *headers):
    declared = Declarations()
    for header in headers:
        declared.read(pathlib.Path(header).read_text(encoding="utf-8"))
    names = exported(library)
    failures = [f"{name}: {names[name]} of {count} are exported"
                for name, count in sorted(declared.defined_elsewhere.items()) if names[name] < count]
    failures += [f"{name}: exported, and in no public header" for name in sorted(set(names) - declared.all)]
    print(f"{len(declared.defined_elsewhere)} functions are declared, {len(names)} are exported")
    print("\n".join(failures))
    return bool(failures) or len(names) < 100


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
