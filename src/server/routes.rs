//! The services that answer on the one port: those of texts and of health in, the routes to them and to reflection out.
//!
//! What a reader would question: reflection answers in two versions. Many tools ask for the older one only.

use super::flight::Flight;
use super::service::Service;
use crate::error::{Error, Result};
use crate::wire::messages::DESCRIPTORS;
use crate::wire::messages::stance_service_server::StanceServiceServer;
use arrow_flight::flight_service_server::FlightServiceServer;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic_health::pb::health_server::{Health, HealthServer};

/// Largest message to the health service, in bytes; a name of a service.
const SMALL_MESSAGE: usize = 4_096;

/// The routes to all services.
///
/// # Errors
///
/// [`Error::Internal`] for a contract that reflection cannot read.
pub(super) fn routes(service: Service, health: HealthServer<impl Health>) -> Result<Routes> {
    let max_message_bytes = service.limits.max_message_bytes;
    let flight = FlightServiceServer::new(Flight(service.clone()))
        .max_decoding_message_size(max_message_bytes);
    let stance = StanceServiceServer::new(service)
        .max_decoding_message_size(max_message_bytes)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .send_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Zstd);
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let broken = |e: tonic_reflection::server::Error| Error::Internal {
        message: e.to_string(),
    };
    Ok(Routes::new(stance)
        .add_service(flight)
        .add_service(health.max_decoding_message_size(SMALL_MESSAGE))
        .add_service(reflection().build_v1().map_err(broken)?)
        .add_service(reflection().build_v1alpha().map_err(broken)?))
}
