// SPDX-License-Identifier: GPL-3.0-or-later
// kernelcheck [ISA|all [CHECK…|-CHECK…]]: the checks of the kernels without Qt, on every instruction set of this processor or on one;
// only those named, or all but those with a minus.
#include "tests/kernels/check.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

using namespace quantoscope;

namespace {

bool isWanted(const std::string& name, const std::vector<std::string>& words)
{
    bool some = false;
    for (const std::string& word : words) {
        if (word == name || word == '-' + name)
            return word == name;
        some = some || word[0] != '-';
    }
    return !some;
}

} // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> wanted(argv + std::min(argc, 2), argv + argc);
    const std::vector<Isa> isas =
        argc > 1 && argv[1] != std::string("all") ? std::vector<Isa>{parseIsa(argv[1])} : availableIsas();
    std::size_t failed = 0;
    std::size_t checks = 0;
    for (const Isa isa : isas) {
        for (const test::Check& check : test::kernelChecks()) {
            if (!isWanted(check.name, wanted))
                continue;
            test::Failures failures;
            check.run(isa, failures);
            checks += failures.checks();
            failed += failures.texts().size();
            for (const std::string& text : failures.texts())
                std::fprintf(stderr, "%s on %s: %s\n", check.name.c_str(), std::string(nameOf(isa)).c_str(),
                             text.c_str());
        }
    }
    std::printf("%zu properties checked, %zu do not hold\n", checks, failed);
    return failed == 0 && checks > 0 ? 0 : 1;
}
