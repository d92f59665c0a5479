// ONNX Runtime tells its maker how it is used, unless this is set before it is loaded; pictures are nobody else's affair.
process.env.ORT_DISABLE_TELEMETRY ??= '1';
