// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/kernels/check.h"

#include <QTest>

using namespace quantoscope;

class TestKernels : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void holdsOnEveryInstructionSet_data();
    void holdsOnEveryInstructionSet();
};

void TestKernels::holdsOnEveryInstructionSet_data()
{
    QTest::addColumn<int>("check");
    QTest::addColumn<int>("isa");
    const std::vector<test::Check> checks = test::kernelChecks();
    for (std::size_t i = 0; i < checks.size(); ++i)
        for (const Isa isa : availableIsas())
            QTest::addRow("%s on %s", checks[i].name.c_str(), std::string(nameOf(isa)).c_str())
                << static_cast<int>(i) << static_cast<int>(isa);
}

void TestKernels::holdsOnEveryInstructionSet()
{
    QFETCH(int, check);
    QFETCH(int, isa);
    test::Failures failures;
    test::kernelChecks()[static_cast<std::size_t>(check)].run(static_cast<Isa>(isa), failures);
    QVERIFY(failures.checks() > 0);
    const std::vector<std::string>& texts = failures.texts();
    QVERIFY2(texts.empty(),
             texts.empty() ? ""
                           : (std::to_string(texts.size()) + " do not hold, first: " + texts[0]).c_str());
}

QTEST_GUILESS_MAIN(TestKernels)
#include "tst_kernels.moc"
