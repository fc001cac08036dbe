//! Arrow Flight: tables of texts in, tables of stances or profiles out, over the same server.
//!
//! `DoExchange` does the work; the rest tells what there is. What a reader would question: no `DoGet` and no tickets. A
//! server keeps nothing of its callers, so there is nothing to fetch later: batches come back on the stream on which
//! theirs went.

use super::exchange::{self, Command, Table};
use super::refusal::Refusal;
use super::service::{Service, deadline};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, SchemaAsIpc, SchemaResult, Ticket,
};
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// The service.
pub(super) struct Flight(pub(super) Service);

type Answers<T> = BoxStream<'static, Result<T, Status>>;

/// What a descriptor asks for: a path of one table's name, or a command in JSON.
fn command(descriptor: &FlightDescriptor) -> Result<Command, Refusal> {
    match DescriptorType::try_from(descriptor.r#type) {
        Ok(DescriptorType::Path) => match descriptor.path.as_slice() {
            [name] => Ok(Command::of(Table::named(name)?)),
            path => {
                let message = format!("{path:?}, it must be [\"stances\"] or [\"profiles\"]");
                Err(Refusal::field("descriptor.path", message))
            }
        },
        Ok(DescriptorType::Cmd) => Command::parse(&descriptor.cmd),
        Ok(DescriptorType::Unknown) | Err(_) => {
            let message = "must be a path or a command";
            Err(Refusal::field("descriptor.type", message))
        }
    }
}

fn info(table: Table) -> Result<FlightInfo, Status> {
    let info = FlightInfo::new().try_with_schema(&table.schema());
    let info = info.map_err(|_| Refusal::internal())?;
    Ok(info
        .with_descriptor(FlightDescriptor::new_path(vec![table.name().to_owned()]))
        .with_total_records(-1)
        .with_total_bytes(-1))
}

fn unimplemented(method: &str) -> Status {
    Status::unimplemented(format!("{method}: texts are scored by DoExchange"))
}

#[tonic::async_trait]
impl FlightService for Flight {
    type DoExchangeStream = ReceiverStream<Result<FlightData, Status>>;

    async fn do_exchange(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        let deadline = deadline(&request);
        let mut requests = request.into_inner();
        let first = super::intake::next(&mut requests).await?;
        let first = first.ok_or_else(|| Refusal::field("descriptor", "missing"))?;
        let descriptor = first.flight_descriptor.as_ref();
        let descriptor = descriptor.ok_or_else(|| Refusal::field("descriptor", "missing"))?;
        let command = command(descriptor)?;
        // A first message may be the descriptor alone, or have the schema with it.
        let first = (!first.data_header.is_empty()).then_some(Ok(first));
        let requests = stream::iter(first).chain(requests);
        let answers = exchange::answer(self.0.clone(), command, requests.boxed(), deadline).await?;
        Ok(Response::new(answers))
    }

    type ListFlightsStream = Answers<FlightInfo>;

    async fn list_flights(
        &self,
        _: Request<Criteria>,
    ) -> Result<Response<Self::ListFlightsStream>, Status> {
        let all = Table::ALL.map(info);
        Ok(Response::new(stream::iter(all).boxed()))
    }

    async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let descriptor = request.into_inner();
        let info = info(command(&descriptor)?.table)?;
        Ok(Response::new(info.with_descriptor(descriptor)))
    }

    async fn get_schema(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<SchemaResult>, Status> {
        let schema = command(&request.into_inner())?.table.schema();
        let schema = SchemaAsIpc::new(&schema, &IpcWriteOptions::default()).try_into();
        Ok(Response::new(schema.map_err(|_| Refusal::internal())?))
    }

    type HandshakeStream = Answers<HandshakeResponse>;

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        let message = "Handshake: send your key as the header `authorization: Bearer KEY`";
        Err(Status::unimplemented(message))
    }

    async fn poll_flight_info(
        &self,
        _: Request<FlightDescriptor>,
    ) -> Result<Response<PollInfo>, Status> {
        Err(unimplemented("PollFlightInfo"))
    }

    type DoGetStream = Answers<FlightData>;

    async fn do_get(&self, _: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        Err(unimplemented("DoGet"))
    }

    type DoPutStream = Answers<PutResult>;

    async fn do_put(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoPutStream>, Status> {
        Err(unimplemented("DoPut"))
    }

    type DoActionStream = Answers<arrow_flight::Result>;

    async fn do_action(
        &self,
        _: Request<Action>,
    ) -> Result<Response<Self::DoActionStream>, Status> {
        Err(unimplemented("DoAction"))
    }

    type ListActionsStream = Answers<ActionType>;

    async fn list_actions(
        &self,
        _: Request<Empty>,
    ) -> Result<Response<Self::ListActionsStream>, Status> {
        Ok(Response::new(stream::empty().boxed()))
    }
}
