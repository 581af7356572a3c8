// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/presets.h"

#include <array>

namespace quantoscope {

namespace {

constexpr std::array table = std::to_array<Preset>({
    {"int8-per-tensor", "bits=8,act.bits=8",
     "restricted symmetric grid, one scale a tensor; Nagel et al., arXiv 2106.08295, section 2.2"},
    {"int8-per-channel", "bits=8,granularity=channel,act.bits=8",
     "restricted symmetric grid, one scale an output channel; Nagel et al., arXiv 2106.08295, section 2.2"},
    {"int4-per-tensor", "bits=4",
     "restricted symmetric grid, one scale a tensor; shows what finer scales are for"},
    {"int4-group-32", "bits=4,granularity=group:32",
     "restricted symmetric grid, one scale for 32 consecutive weights"},
    {"int4-group-128", "bits=4,granularity=group:128",
     "restricted symmetric grid, one scale for 128 consecutive weights"},
    {"binary", "format=binary", "sign(x) · mean |x|; Rastegari et al., XNOR-Net, 2016"},
    {"ternary", "format=ternary", "threshold 0.7 · mean |x|; Li et al., Ternary Weight Networks, 2016"},

    {"onnx-int8", "bits=8,act.bits=8",
     "ONNX Runtime quantization tool, quant_utils.py compute_scale_zp: weights ±127, scale 2·absmax/254"},
    {"onnx-uint8", "bits=8,codes=unsigned,act.bits=8",
     "the same tool with QUInt8 weights, symmetric: codes 0 … 254, zero point 127"},
    {"onnx-int4-block", "bits=4,grid=symmetric-full,granularity=group:32",
     "ONNX QuantizeLinear with int4 blocks, scale as the ONNX Runtime tool makes it: -8 … 7, 2·absmax/15"},
    {"ort-matmulnbits", "bits=4,grid=zero-point,granularity=group:128,rounding=half-up,scaling=reciprocal",
     "ONNX Runtime MatMulNBits quantizer, mlas q4_dq.cpp: asymmetric, block 128, code = round(x·(1/s) + z)"},
    {"ort-dynamic", "bits=8,act.bits=8,act.range=dynamic",
     "ONNX Runtime quantize_dynamic: weights as onnx-int8, activations DynamicQuantizeLinear"},

    {"torch-qint8", "bits=8,grid=symmetric-full,scaling=reciprocal,act.bits=8",
     "torch.ao MinMaxObserver, qint8 per_tensor_symmetric: scale absmax/127.5, codes -128 … 127, x·(1/s)"},
    {"torch-quint8", "bits=8,grid=zero-point,scaling=reciprocal,act.bits=8",
     "torch.ao MinMaxObserver, quint8 per_tensor_affine: zero point added after rounding, x·(1/s)"},
    {"torch-qint8-127", "bits=8,scaling=reciprocal,act.bits=8",
     "torch.ao weight_observer_range_neg_127_to_127: scale absmax/127, codes ±127, x·(1/s)"},
    {"torch-per-channel",
     "bits=8,grid=symmetric-full,granularity=channel,scaling=reciprocal,act.bits=8,act.codes=0:127",
     "torch.ao PerChannelMinMaxObserver, qint8; activations quint8 with reduce_range (fbgemm)"},
    {"torch-dynamic",
     "bits=8,grid=symmetric-full,scaling=reciprocal,act.bits=8,act.codes=0:127,act.range=dynamic",
     "torch.ao quantize_dynamic: activations quint8 with reduce_range at each call"},
    {"torchao-int4", "bits=4,grid=offset,granularity=group:128",
     "torchao int4 weight-only (tinygemm): s = (max-min)/15, 0 not forced in, float zero = min + 8s"},

    {"tflite-int8",
     "bits=8,granularity=channel,rounding=half-away,scaling=reciprocal,act.bits=8,act.codes=signed,act."
     "rounding=half-away",
     "TensorFlow Lite 8-bit specification: weights ±127 per channel, activations int8 with zero point"},
    {"tflite-int16x8",
     "bits=8,granularity=channel,rounding=half-away,scaling=reciprocal,act.bits=16,act.grid=symmetric,act."
     "rounding=half-away",
     "TensorFlow Lite 16x8: weights as tflite-int8, activations int16, scale absmax/32767"},
    {"tflite-dynamic",
     "bits=8,granularity=channel,rounding=half-away,scaling=reciprocal,act.bits=8,act.grid=symmetric,act."
     "range=dynamic,act.rounding=half-away",
     "TensorFlow Lite dynamic range: weights int8 per channel, activations int8 symmetric at each call"},

    {"nf4", "format=nf4,granularity=group:64",
     "normal-float, blocks of 64; Dettmers et al., QLoRA, arXiv 2305.14314"},
    {"bnb-nf4", "format=nf4,granularity=group:64", "bitsandbytes quantize_nf4, blocks of 64 (= nf4)"},
    {"bnb-fp4", "format=fp4,granularity=group:64", "bitsandbytes quantize_fp4, blocks of 64"},
    {"bnb-int8", "bits=8,granularity=channel,outliers=6",
     "LLM.int8(): rows absmax/127, input columns above 6.0 in float16; Dettmers et al., arXiv 2208.07339"},
    {"hf-8bit", "bits=8,granularity=channel,outliers=6",
     "Hugging Face Transformers load_in_8bit (= bnb-int8)"},
    {"hf-4bit", "format=fp4,granularity=group:64",
     "Hugging Face Transformers load_in_4bit as it comes: bitsandbytes FP4, blocks of 64"},
    {"qlora", "format=nf4,granularity=group:64,scale=double",
     "NF4 with double quantization; Dettmers et al., QLoRA, arXiv 2305.14314"},

    {"gemmlowp-uint8", "bits=8,grid=zero-point,rounding=half-up,act.bits=8,act.rounding=half-up",
     "gemmlowp quantization example: zero forced in, z and codes rounded half away from zero"},
    {"nncf-int8", "bits=8,grid=symmetric-signed,granularity=channel",
     "NNCF weight compression: signed scale -v/128, v the value of largest magnitude of a channel"},
    {"aimet-int8", "bits=8,grid=symmetric-wide,rounding=half-up,act.bits=8,act.rounding=half-up",
     "AIMET quantization_utils.cpp: symmetric delta absmax/127, offset -128, round(x/delta + 128)"},
    {"quanto-int8", "bits=8,grid=symmetric-wide,granularity=channel",
     "Optimum quanto: absmax/127, stored -128 … 127"},
    {"trt-int8-entropy", "bits=8,granularity=channel,act.bits=8,act.grid=symmetric,act.range=entropy",
     "TensorRT: weights per channel absmax/127, activations per tensor ±127, entropy calibration"},

    {"mxfp4", "format=mxfp4", "OCP Microscaling 1.0, E2M1 elements, floor rule; bytes as ggml's MXFP4"},
    {"nvfp4", "format=nvfp4", "NVFP4, blocks of 16 with E4M3 scales; bytes as ggml's NVFP4"},

    {"ggml-q4_0", "format=q4_0", "ggml-quants.c quantize_row_q4_0_ref"},
    {"ggml-q4_1", "format=q4_1", "ggml-quants.c quantize_row_q4_1_ref"},
    {"ggml-q5_0", "format=q5_0", "ggml-quants.c quantize_row_q5_0_ref"},
    {"ggml-q5_1", "format=q5_1", "ggml-quants.c quantize_row_q5_1_ref"},
    {"ggml-q8_0", "format=q8_0", "ggml-quants.c quantize_row_q8_0_ref"},
    {"ggml-q2_k", "format=q2_k", "ggml-quants.c quantize_row_q2_K_ref"},
    {"ggml-q3_k", "format=q3_k", "ggml-quants.c quantize_row_q3_K_ref"},
    {"ggml-q4_k", "format=q4_k", "ggml-quants.c quantize_row_q4_K_ref"},
    {"ggml-q5_k", "format=q5_k", "ggml-quants.c quantize_row_q5_K_ref"},
    {"ggml-q6_k", "format=q6_k", "ggml-quants.c quantize_row_q6_K_ref"},
    {"ggml-iq4_nl", "format=iq4_nl", "ggml-quants.c quantize_iq4_nl, no importance matrix"},
    {"ggml-iq4_xs", "format=iq4_xs", "ggml-quants.c quantize_iq4_xs, no importance matrix"},
    {"ggml-tq1_0", "format=tq1_0", "ggml-quants.c quantize_row_tq1_0_ref"},
    {"ggml-tq2_0", "format=tq2_0", "ggml-quants.c quantize_row_tq2_0_ref"},
});

} // namespace

std::span<const Preset> presets() { return table; }

} // namespace quantoscope
