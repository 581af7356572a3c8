#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# check.sh ROOT: the dependency rules that no compiler checks; prints every line that breaks one.
set -u
cd "$1" || exit 2
status=0

# forbid WHY PATTERN FILES…: no line of the files may match.
forbid() {
    why=$1 pattern=$2
    shift 2
    [ $# -gt 0 ] || return 0
    if found=$(grep -nHE "$pattern" "$@"); then
        printf '%s:\n%s\n' "$why" "$found"
        status=1
    fi
}

# sources FOLDER… -- FIND-TESTS…: C++ files below the folders, one a line. File names here hold no blanks.
sources() {
    folders=
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        [ -d "$1" ] && folders="$folders $1"
        shift
    done
    [ $# -gt 0 ] && shift
    [ -n "$folders" ] || return 0
    # shellcheck disable=SC2086 # a list
    find $folders -type f \( -name '*.h' -o -name '*.cpp' \) "$@"
}

include='^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]'

# shellcheck disable=SC2046 # lists of files
{
    forbid "core knows no Qt" "${include}(Q[A-Z]|Qt)" $(sources core)
    forbid "core has no Qt objects and no translated text" '\bQ_(OBJECT|GADGET)\b|(^|[^[:alnum:]_.:>])tr\("' $(sources core)
    forbid "core links no Qt" 'Qt6|AUTOMOC' $(find core -name CMakeLists.txt 2>/dev/null)
    forbid "core includes nothing of ui or app" "${include}(ui|app)/" $(sources core)
    forbid "ui includes nothing of app" "${include}app/" $(sources ui)
    forbid "qcustomplot.h belongs to ui/plots" "${include}qcustomplot" $(sources core ui app -- ! -path 'ui/plots/*')
    forbid "ONNX Runtime belongs to core/runtime" "${include}([^\">]*/)?onnxruntime_" \
        $(sources core ui app -- ! -path 'core/runtime/*')
    forbid "Highway and Eigen stay out of public headers" "${include}(hwy|Eigen|unsupported/Eigen)/" \
        $(sources core -- -name '*.h' ! -name '*-inl.h') $(sources ui app)
    forbid "includes start at the root" "${include}\.\.?/" $(sources core ui app tests)
    forbid "no 'using namespace' in headers" '^[[:space:]]*using namespace' \
        $(sources core ui app -- -name '*.h' ! -name '*-inl.h')
}

# Every file of ours that can hold a comment names its licence in its first lines.
# shellcheck disable=SC2046
for file in $(sources core ui app tests) \
    $(find core ui app tests resources CMakeLists.txt \
        \( -name CMakeLists.txt -o -name '*.cmake' -o -name '*.sh' -o -name '*.py' \) 2>/dev/null) \
    $(ls dev .ci/run .clang-format .clang-tidy 2>/dev/null); do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' && continue
    echo "no SPDX line: $file"
    status=1
done
exit $status
