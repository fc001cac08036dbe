//! A call to a running `stance serve` from Rust: `cargo run --release --example client`.

use stance::server::Client;
use stance::wire::messages::{AnalyzeRequest, Document};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut client = Client::connect("http://127.0.0.1:50051").await?;
    let document = Document {
        text: "Marta Oduya praised Norway. She condemned the Harbour League.".to_owned(),
        ..Document::default()
    };
    let request = AnalyzeRequest {
        document: Some(document),
        options: None,
    };
    let answer = client.analyze(request).await?.into_inner();
    for profile in answer.analysis.unwrap_or_default().profiles {
        let score = profile.score.unwrap_or_default();
        println!(
            "{} -> {}: {score:+.2}",
            profile.speaker_name, profile.actor_name
        );
    }
    Ok(())
}
