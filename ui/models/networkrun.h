// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analysis/activations/activationdetail.h"
#include "core/analysis/evaluation/evaluation.h"

#include <QImage>
#include <QString>
#include <QStringList>

#include <memory>
#include <vector>

namespace quantoscope {

/// What a network is to be run on and how, as the Run tab says it.
struct RunRequest
{
    QString inputs;      ///< as openSamples() takes it
    QString labels;      ///< "": those that the samples bring along
    QString calibration; ///< "": none
    QString preprocess;  ///< of images
    QuantizationMode mode = QuantizationMode::Static;
    Engine engine = Engine::Fake;
    ActivationScheme act;
    bool operator==(const RunRequest&) const = default;
};

/// A network judged under a scheme. Immutable.
struct NetworkRun
{
    std::shared_ptr<const Network> network; ///< as the window holds it
    RunRequest request;
    AnalysisSettings schemes; ///< of the weights, as the session had them
    Evaluation evaluation;
    QString data;                   ///< "digits.npz, 1,000 samples"
    QStringList notes;              ///< made-up samples, samples that calibrate and judge, …
    std::vector<QImage> thumbnails; ///< of the flipped answers; null where the input is no image
};

/// What a layer is fed. Immutable.
struct ActivationPicture
{
    std::shared_ptr<const Network> network; ///< as the window holds it
    LayerId layer;                          ///< of that network
    QString data;
    ActivationScheme act;
    ActivationDetail detail;
};

} // namespace quantoscope
