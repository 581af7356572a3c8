#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plants one breach of each rule in an empty tree and sees check.sh find it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
status=0
spdx='// SPDX-License-Identifier: GPL-3.0-or-later'

# expect RESULT FILE TEXT WORDS: the tree with that one file passes, or fails saying the words.
expect() {
    rm -rf "${tree:?}/"* && mkdir -p "$tree/$(dirname "$2")"
    printf '%s\n' "$3" >"$tree/$2"
    said=$(sh "$here/check.sh" "$tree")
    result=$?
    case $1:$result:$said in
        pass:0:*) ;;
        fail:1:*"$4"*) ;;
        *)
            echo "expected $1 for $2 with '$3', got $result: $said"
            status=1
            ;;
    esac
}

line() { printf '%s\n%s' "$spdx" "$1"; }

expect pass core/quant/a.cpp "$(line '#include "core/quant/a.h"')" ''
expect pass core/quant/a-inl.h "$(line '#include <hwy/highway.h>')" ''
expect pass core/quant/a.cpp "$(line '#include <Eigen/Core>')" ''
expect pass core/runtime/a.h "$(line '#include <onnxruntime_cxx_api.h>')" ''
expect pass ui/plots/a.cpp "$(line '#include <qcustomplot.h>')" ''
expect pass core/quant/a.cpp "$(line 'const auto x = str(1);')" ''
expect fail core/quant/a.cpp "$(line '#include <QString>')" 'core knows no Qt'
expect fail core/quant/a.cpp "$(line '#include <QtCore/qglobal.h>')" 'core knows no Qt'
expect fail core/quant/a.h "$(line 'Q_OBJECT')" 'no Qt objects'
expect fail core/quant/a.cpp "$(line '    return tr("words");')" 'no Qt objects'
expect fail core/quant/CMakeLists.txt "$(printf '# SPDX-License-Identifier: GPL-3.0-or-later\nfind_package(Qt6)')" 'links no Qt'
expect fail core/quant/a.cpp "$(line '#include "ui/format.h"')" 'nothing of ui or app'
expect fail core/quant/a.cpp "$(line '#include "app/session.h"')" 'nothing of ui or app'
expect fail ui/views/a.cpp "$(line '#include "app/session.h"')" 'ui includes nothing of app'
expect fail ui/views/a.cpp "$(line '#include <qcustomplot.h>')" 'ui/plots'
expect fail app/a.cpp "$(line '#include "qcustomplot.h"')" 'ui/plots'
expect fail core/analysis/a.cpp "$(line '#include <onnxruntime_c_api.h>')" 'core/runtime'
expect fail core/analysis/a.cpp "$(line '#include <onnxruntime/onnxruntime_cxx_api.h>')" 'core/runtime'
expect fail core/quant/a.h "$(line '#include "hwy/highway.h"')" 'public headers'
expect fail core/quant/a.h "$(line '#  include <Eigen/Dense>')" 'public headers'
expect fail ui/a.cpp "$(line '#include <Eigen/Dense>')" 'public headers'
expect fail tests/core/a.cpp "$(line '#include "../support/b.h"')" 'start at the root'
expect fail core/quant/a.h "$(line 'using namespace std;')" 'using namespace'
expect fail core/quant/a.cpp 'int x;' 'no SPDX line: core/quant/a.cpp'
expect fail tests/CMakeLists.txt 'project(x)' 'no SPDX line: tests/CMakeLists.txt'
exit $status
