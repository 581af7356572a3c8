// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/valueshapes.h"

#include "core/support/error.h"
#include "tests/core/onnxbuilder.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace quantoscope;

class TestValueShapes : public QObject
{
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(QRegularExpression(".*")); }
    void openDimensionsAreFilledIn();
    void layersKnowTheirInput();
    void brokenFilesAreErrors();

private:
    QTemporaryDir m_folder;
};

namespace {

/// Two convolutions on [N, 3, 32, width].
onnx::ModelProto twoConvolutions()
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name("g");
    onnx::ValueInfoProto& x = *graph.add_input();
    x.set_name("x");
    auto& tensor = *x.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    tensor.mutable_shape()->add_dim()->set_dim_param("N");
    tensor.mutable_shape()->add_dim()->set_dim_value(3);
    tensor.mutable_shape()->add_dim()->set_dim_value(32);
    tensor.mutable_shape()->add_dim()->set_dim_param("width");
    onnxbuilder::addFloats(graph, "w1", {4, 3, 3, 3});
    onnxbuilder::addFloats(graph, "w2", {2, 4, 1, 1});
    auto& first = onnxbuilder::addNode(graph, "Conv", {"x", "w1"}, {"a"}, "first");
    onnxbuilder::setInts(first, "strides", {2, 2});
    onnxbuilder::addNode(graph, "Conv", {"a", "w2"}, {"y"}, "second");
    graph.add_output()->set_name("y");
    return model;
}

} // namespace

void TestValueShapes::openDimensionsAreFilledIn()
{
    const std::string path = m_folder.filePath("two.onnx").toStdString();
    onnxbuilder::writeModel(QString::fromStdString(path), twoConvolutions());
    // (32 - 3)/2 + 1 = 15, (40 - 3)/2 + 1 = 19, (224 - 3)/2 + 1 = 111
    ValueShapes shapes = valueShapes(path, {"x", "a", "no such value"}, {{"width", 40}});
    QCOMPARE(shapes.shapes.size(), std::size_t{2});
    QCOMPARE(shapes.shapes["x"], (Shape{1, 3, 32, 40}));
    QCOMPARE(shapes.shapes["a"], (Shape{1, 4, 15, 19}));
    QCOMPARE(shapes.assumed, (std::vector<std::string>{"x[0] = 1", "x[3] = 40"}));
    shapes = valueShapes(path, {"a"}, {});
    QCOMPARE(shapes.shapes["a"], (Shape{1, 4, 15, 111}));
}

void TestValueShapes::layersKnowTheirInput()
{
    const auto network = onnxbuilder::writeAndRead(m_folder.filePath("layers.onnx"), twoConvolutions());
    QCOMPARE(network->layers.at(0).input, std::string("x"));
    QCOMPARE(network->layers.at(1).input, std::string("a"));
}

void TestValueShapes::brokenFilesAreErrors()
{
    QVERIFY_EXCEPTION_THROWN(valueShapes("/nowhere/none.onnx", {"x"}, {}), Error);
    const QString path = m_folder.filePath("broken.onnx");
    onnx::ModelProto model = twoConvolutions();
    model.mutable_graph()->mutable_node(0)->set_op_type("NoSuchOperator");
    onnxbuilder::writeModel(path, model);
    QVERIFY_EXCEPTION_THROWN(valueShapes(path.toStdString(), {"a"}, {}), Error);
}

QTEST_GUILESS_MAIN(TestValueShapes)
#include "tst_valueshapes.moc"
