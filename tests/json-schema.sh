#!/bin/sh
# SPDX-License-Identifier: MIT
# json-schema.sh FILE... - do these result files fit docs/result.schema.json?
# Exit status: 0 yes, 1 no (and says why), 2 cannot tell.
root=$(dirname "$0")/..
python=${PYTHON:-python3}

# Debian's package belongs to Debian's Python, which may not be the first one.
"$python" -c 'import jsonschema' 2>/dev/null || python=/usr/bin/python3
"$python" -c 'import jsonschema' 2>/dev/null || {
    echo "json-schema.sh: install the package python3-jsonschema" >&2
    exit 2
}
exec "$python" - "$root/docs/result.schema.json" "$@" <<'EOF'
import json
import sys

import jsonschema


def refuse(name):
    raise ValueError(name + " is not JSON")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_constant=refuse)


try:
    schema = load(sys.argv[1])
    jsonschema.Draft202012Validator.check_schema(schema)
except Exception as error:
    print("the schema itself:", error)
    sys.exit(2)

bad = False
for path in sys.argv[2:]:
    try:
        jsonschema.Draft202012Validator(schema).validate(load(path))
    except jsonschema.ValidationError as error:
        where = "/".join(str(step) for step in error.absolute_path)
        print(f"{path}: /{where}: {error.message}")
        bad = True
    except (OSError, ValueError) as error:
        print(f"{path}: {error}")
        bad = True
sys.exit(bad)
EOF
