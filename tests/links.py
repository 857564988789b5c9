# SPDX-License-Identifier: MIT
"""links.py - where the links of the documents lead, in a kit or a handout.

As a program: links.py ROOT prints those that lead nowhere, and fails if there
is one."""
import glob
import os
import re
import sys


def targets(text):
    """Targets of the Markdown links in a text, without those in code."""
    plain = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
    return re.findall(r"\]\(([^)#\s]+)", plain)


def links(root):
    """Every link to a file: (page, target, whether that exists)."""
    pages = [
        "README.md",
        *glob.glob("docs/**/*.md", root_dir=root, recursive=True),
        *glob.glob("exercises/*/README.md", root_dir=root),
    ]
    for page in sorted(pages):
        # docs/handout.md becomes the README.md of the archive's root.
        base = "" if page == "docs/handout.md" else os.path.dirname(page)
        with open(os.path.join(root, page), encoding="utf-8") as f:
            for target in targets(f.read()):
                if "://" not in target:
                    path = os.path.join(root, base, target)
                    yield page, target, os.path.exists(path)


if __name__ == "__main__":
    lost = [f"{page}: {target}" for page, target, found in links(sys.argv[1])
            if not found]
    print(*lost, sep="\n")
    sys.exit(bool(lost))
