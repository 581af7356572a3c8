// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/presetcombo.h"

#include "core/quant/presets.h"
#include "core/support/error.h"
#include "ui/format.h"
#include "ui/schemenames.h"
#include "ui/views/combochoices.h"

using namespace Qt::StringLiterals;

namespace quantoscope {

PresetCombo::PresetCombo(QWidget* parent) : QComboBox(parent)
{
    setObjectName(u"presetCombo"_s);
    setMaxVisibleItems(24);
    addItem(tr("Own setting"));
    addGroups();
    connect(this, &QComboBox::activated, this, [this](int index) {
        const QString text = itemData(index).toString();
        if (!text.isEmpty())
            emit chosen(parseScheme(text.toStdString()));
    });
}

void PresetCombo::addGroups()
{
    using Group = PresetGroup;
    for (const Group group : {Group::General, Group::OnnxRuntime, Group::PyTorch, Group::TfLite,
                              Group::BitsAndBytes, Group::Others, Group::Microscaling, Group::Gguf}) {
        bool first = true;
        for (const Preset& preset : presets()) {
            if (presetGroupOf(preset.name) != group)
                continue;
            if (std::exchange(first, false))
                addComboHeader(*this, format::presetGroupName(group));
            const Scheme scheme = parseScheme(preset.scheme);
            const bool usable = !needsLayerInputs(scheme);
            const QString source = format::text(preset.source);
            addComboItem(*this, format::text(preset.name), format::text(toText(scheme)),
                         usable ? source
                                : source + u"\n\n"_s
                                      + tr("Needs the inputs of the layer, which a file of weights does not "
                                           "hold: not available here."),
                         usable);
        }
    }
}

void PresetCombo::showScheme(const Scheme& scheme)
{
    const QString text = format::text(toText(scheme));
    if (currentIndex() <= 0 || currentData().toString() != text)
        setCurrentIndex(std::max(0, findData(text)));
    const QString source = itemData(currentIndex(), Qt::ToolTipRole).toString();
    setToolTip(source.isEmpty() ? tr("Conventions of tools and papers") : source);
}

} // namespace quantoscope
