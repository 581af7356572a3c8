// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/focusbus.h"

namespace quantoscope {

void FocusBus::setHover(const Focus& focus)
{
    if (focus == m_hover)
        return;
    m_hover = focus;
    emit changed();
}

void FocusBus::setPinned(const Focus& focus)
{
    if (focus == m_pinned)
        return;
    m_pinned = focus;
    emit changed();
}

void FocusBus::clear()
{
    if (m_hover.isEmpty() && m_pinned.isEmpty())
        return;
    m_hover = m_pinned = {};
    emit changed();
}

} // namespace quantoscope
