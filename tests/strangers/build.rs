//! Networks from ONNX files become Rust, as burn-onnx's documentation says.

fn main() {
    println!("cargo::rerun-if-changed=onnx");
    #[cfg(feature = "onnx")]
    for name in ["resnet", "vit", "lstm", "ocr"] {
        burn_onnx::ModelGen::new()
            .input(&format!("onnx/{name}.onnx"))
            .out_dir("onnx/")
            .load_strategy(burn_onnx::LoadStrategy::Embedded)
            .run_from_script();
    }
}
