#!/usr/bin/env python3
"""Keeps comments of Swift and C files within 100 columns.

wrap-comments.py          lists comments that are longer; fails if there are any
wrap-comments.py --write  breaks their paragraphs afresh
wrap-comments.py --try    checks itself on examples

The compilers' formatter leaves comments alone. Only paragraphs with a line that is too long are
touched. Code in comments, tables and lines that are one long word, such as an address, stay.
"""

import re
import subprocess
import sys
import textwrap

COLUMNS = 100
COMMENT = re.compile(r"^(\s*)(///?|\*)( ?)(.*)$")
ITEM = re.compile(r"^(\s*)(?:[-*] |\d+\. )")


def tracked_files():
    listed = subprocess.run(
        ["git", "ls-files", "*.swift", "*.c", "*.h", "*.cpp"],
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.split()


def is_kept(text):
    """Whether a line of a comment has to stay a line: code, a table, a heading."""
    return text.startswith(("    ", "|", "MARK:", "swift-format-ignore")) and not ITEM.match(text)


def can_break(line):
    """Whether a long line has a place to be broken at, beyond its first word."""
    match = COMMENT.match(line)
    if not match:
        return False
    return len(match.group(4).split()) > 1 and not is_kept(match.group(4))


def wrapped(lines):
    """The lines of a file with paragraphs of comments that are too long broken afresh."""
    result = []
    index = 0
    fenced = False
    while index < len(lines):
        match = COMMENT.match(lines[index])
        if not match or is_kept(match.group(4)) or not match.group(4).strip():
            result.append(lines[index])
            index += 1
            continue
        if match.group(4).startswith("```"):
            fenced = not fenced
        if fenced or match.group(4).startswith("```"):
            result.append(lines[index])
            index += 1
            continue
        paragraph, index = paragraph_at(lines, index, match)
        if all(len(line) <= COLUMNS for line in paragraph):
            result.extend(paragraph)
        else:
            result.extend(broken(paragraph))
    return result


def paragraph_at(lines, start, first):
    """The lines of the paragraph that begins here, and where the next one begins."""
    item = ITEM.match(first.group(4))
    indent = len(first.group(4)) - len(first.group(4).lstrip())
    if item:
        indent = item.end()
    end = start + 1
    while end < len(lines):
        match = COMMENT.match(lines[end])
        if not match or match.group(1, 2) != first.group(1, 2):
            break
        text = match.group(4)
        if not text.strip() or text.startswith("```") or ITEM.match(text):
            break
        if len(text) - len(text.lstrip()) != indent:
            break
        end += 1
    return lines[start:end], end


def broken(paragraph):
    first = COMMENT.match(paragraph[0])
    lead = first.group(1) + first.group(2) + " "
    text = first.group(4)
    item = ITEM.match(text)
    indent = " " * (item.end() if item else len(text) - len(text.lstrip()))
    words = " ".join(COMMENT.match(line).group(4).strip() for line in paragraph)
    head = text[: item.end()] if item else indent
    if item:
        words = words[len(text[: item.end()].strip()) :].strip()
    return textwrap.wrap(
        words,
        width=COLUMNS,
        initial_indent=lead + head,
        subsequent_indent=lead + indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def is_too_long(line):
    if len(line) <= COLUMNS:
        return False
    if COMMENT.match(line):
        return can_break(line)
    # What stands behind code.
    return bool(re.search(r"\s//\s", line)) and '"' not in line


def try_it():
    """Finds what is too long, mends it, and leaves alone what has to stay."""
    long = "  /// - Parameter a: " + "word " * 20 + "end."
    assert is_too_long(long)
    mended = wrapped([long, "  /// - Parameter b: short.", "  let a: Int"])
    assert len(mended) == 4 and mended[1].startswith("  ///   word"), mended
    assert not any(is_too_long(line) for line in mended)
    assert wrapped(mended) == mended
    two = ["// " + "a" * 60 + " b " + "c" * 60, "// rest of it"]
    assert wrapped(two) == ["// " + "a" * 60 + " b", "// " + "c" * 60 + " rest of it"]
    for line in ["/// https://" + "a" * 100, "///     " + "let a " * 30, "/// | " + "a | " * 30]:
        assert not is_too_long(line) and wrapped([line]) == [line], line
    fence = ["/// ```swift", "/// " + "code " * 30, "/// ```"]
    assert wrapped(fence) == fence
    assert is_too_long("let a = 1  // " + "why " * 30)
    assert not is_too_long('say("' + "word " * 30 + '")')


def main(arguments):
    if arguments == ["--try"]:
        try_it()
        return 0
    found = 0
    for name in tracked_files():
        with open(name, encoding="utf-8") as file:
            lines = file.read().split("\n")
        if arguments == ["--write"]:
            mended = wrapped(lines)
            if mended != lines:
                with open(name, "w", encoding="utf-8") as file:
                    file.write("\n".join(mended))
            lines = mended
        fenced = False
        for number, line in enumerate(lines, 1):
            if re.match(r"^\s*///? ```", line):
                fenced = not fenced
            if is_too_long(line) and not fenced:
                print(
                    f"{name}:{number}: the comment is {len(line)} columns long, more than {COLUMNS}"
                )
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
