//! Arrow Flight with messages that are broken: the caller's fault, told as such, and the server goes on. What it does with
//! whole ones is tested with pyarrow in clients/python.

use super::{config, start};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::utils::batches_to_flight_data;
use arrow_flight::{FlightData, FlightDescriptor};
use std::sync::Arc;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// A schema and a batch of two texts, as messages; the first with a descriptor.
fn messages() -> Vec<FlightData> {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        "Marta Oduya praised Norway.",
        "Teodor Vance condemned Norway.",
    ]));
    let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
    let mut data = batches_to_flight_data(&batch.schema(), [&batch]).unwrap();
    data[0].flight_descriptor = Some(FlightDescriptor::new_path(vec!["stances".to_owned()]));
    data
}

/// The number of messages that an exchange is answered with, or the status it ends with.
async fn exchange(
    client: &mut FlightServiceClient<Channel>,
    data: Vec<FlightData>,
) -> Result<usize, Status> {
    let answers = client.do_exchange(tokio_stream::iter(data)).await?;
    let mut answers = answers.into_inner();
    let mut n = 0;
    while answers.message().await?.is_some() {
        n += 1;
    }
    Ok(n)
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_messages_are_the_callers_fault() {
    let running = start(config()).await;
    let endpoint = format!("http://{}", running.address);
    let channel = Channel::from_shared(endpoint).unwrap().connect().await;
    let mut client = FlightServiceClient::new(channel.unwrap());
    // A schema and one batch for one.
    assert_eq!(exchange(&mut client, messages()).await.unwrap(), 2);

    let mut spoilt: Vec<Vec<FlightData>> = Vec::new();
    let mut without = messages();
    without[0].flight_descriptor = None;
    spoilt.push(without);
    spoilt.push(Vec::new());
    // A batch before any schema.
    let mut bare = messages().split_off(1);
    bare[0].flight_descriptor = messages()[0].flight_descriptor.clone();
    spoilt.push(bare);
    // A body that is not as long as it says.
    let mut short = messages();
    short[1].data_body = short[1].data_body.slice(..8);
    spoilt.push(short);
    for data in spoilt {
        let status = exchange(&mut client, data).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    }
    // Every byte of a head and of a body turned round: an answer, or the caller's fault.
    let mut n_refused = 0;
    for message in 0..2 {
        let whole = messages()[message].clone();
        let n_bytes = whole.data_header.len() + whole.data_body.len();
        for at in (0..n_bytes).step_by(3) {
            let mut data = messages();
            let (mut head, mut body) = (whole.data_header.to_vec(), whole.data_body.to_vec());
            match at.checked_sub(head.len()) {
                None => head[at] ^= 0xff,
                Some(at) => body[at] ^= 0xff,
            }
            (data[message].data_header, data[message].data_body) = (head.into(), body.into());
            if let Err(status) = exchange(&mut client, data).await {
                assert_eq!(
                    status.code(),
                    Code::InvalidArgument,
                    "{message}, {at}: {status:?}"
                );
                n_refused += 1;
            }
        }
    }
    assert!(n_refused > 20, "{n_refused}");
    assert_eq!(exchange(&mut client, messages()).await.unwrap(), 2);
    running.stop.send(()).unwrap();
    running.served.await.unwrap().unwrap();
}
