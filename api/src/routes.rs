//! The routes.

mod accounts;
mod blocks;
mod chain;
mod devnet;
mod events;
mod evidence;
mod follow;
mod metrics;
mod miners;
mod preview;
mod proofs;
mod ready;
mod rounds;
mod scenario;
mod search;
mod snapshot;
mod transactions;
mod votes;
mod web;

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi as Document, Ref, RefOr, ResponseBuilder, content::ContentBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::delivery::PREFIX;
use crate::state::Api;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "En-Tan-Mo node",
        description = "See docs/api.md for conventions. Amounts are decimal strings of units (10^8 units are 1 ETM).",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(
        etm_types::api::error::ErrorBody,
        etm_types::api::event::Event,
        etm_types::api::query::MinerSort,
        etm_types::api::query::MinerTab,
        etm_types::api::query::Order,
        etm_types::api::query::PreviewRequest,
        etm_types::api::query::Wait
    )),
    tags(
        (name = "chain", description = "The chain and the node as a whole"),
        (name = "accounts", description = "Accounts, positions, bonus"),
        (name = "miners", description = "The voting table"),
        (name = "rounds", description = "Rounds, draws, receipts"),
        (name = "blocks", description = "Blocks and certificates"),
        (name = "transactions", description = "Transactions"),
        (name = "proofs", description = "State proofs"),
        (name = "events", description = "Live events"),
        (name = "scenario", description = "Export for the replay and the lab"),
        (name = "devnet", description = "Devnets only")
    )
)]
struct Base;

fn versioned() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(chain::status))
        .routes(routes!(chain::parameters))
        .routes(routes!(chain::genesis))
        .routes(routes!(chain::supply))
        .routes(routes!(chain::supply_history))
        .routes(routes!(chain::mempool))
        .routes(routes!(chain::peers))
        .routes(routes!(follow::offer))
        .routes(routes!(follow::blocks))
        .routes(routes!(snapshot::head))
        .routes(routes!(snapshot::piece))
        .routes(routes!(search::search))
        .routes(routes!(accounts::account))
        .routes(routes!(accounts::bonus))
        .routes(routes!(accounts::timeline))
        .routes(routes!(accounts::transactions))
        .routes(routes!(preview::preview))
        .routes(routes!(miners::list))
        .routes(routes!(miners::one))
        .routes(routes!(miners::history))
        .routes(routes!(rounds::list))
        .routes(routes!(rounds::one))
        .routes(routes!(rounds::receipt))
        .routes(routes!(rounds::certificate))
        .routes(routes!(rounds::certificates))
        .routes(routes!(evidence::evidence))
        .routes(routes!(evidence::boundaries))
        .routes(routes!(blocks::list))
        .routes(routes!(blocks::one))
        .routes(routes!(blocks::receipts))
        .routes(routes!(blocks::certificate))
        .routes(routes!(transactions::one))
        .routes(routes!(transactions::submit))
        .routes(routes!(proofs::account))
        .routes(routes!(proofs::position))
        .routes(routes!(proofs::round))
        .routes(routes!(votes::votes))
        .routes(routes!(events::stream))
        .routes(routes!(scenario::current))
        .routes(routes!(scenario::full))
        .routes(routes!(devnet::faucet))
        .routes(routes!(devnet::time_travel))
}

/// The methods of a route, and whether each takes parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) get: Option<bool>,
    pub(crate) post: Option<bool>,
}

impl Route {
    /// A route that is not in the document: static files and metrics.
    pub(crate) const PAGE: Self = Self {
        get: Some(true),
        post: None,
    };
}

/// The routes of the document, by path.
pub(crate) static ROUTES: LazyLock<HashMap<String, Route>> = LazyLock::new(|| {
    let parameters = |operation: &Option<Operation>| {
        let operation = operation.as_ref()?;
        let mut parameters = operation.parameters.iter().flatten();
        Some(parameters.any(|parameter| {
            matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
        }))
    };
    let paths = openapi().paths.paths.into_iter();
    paths
        .map(|(path, item)| {
            let route = Route {
                get: parameters(&item.get),
                post: parameters(&item.post),
            };
            (path, route)
        })
        .collect()
});

fn documented() -> (Router<Api>, Document) {
    let (router, mut document) = OpenApiRouter::with_openapi(Base::openapi())
        .nest(PREFIX, versioned())
        .split_for_parts();
    document.info.version = "1".to_owned();
    let error = ResponseBuilder::new()
        .description("Refused or failed; see ErrorBody")
        .content(
            "application/json",
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("ErrorBody")))
                .build(),
        )
        .build();
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            // Every answer has to have one: what the route is about.
            let about = operation.summary.clone().unwrap_or_default();
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    response.description.clone_from(&about);
                }
            }
            operation
                .responses
                .responses
                .insert("default".to_owned(), RefOr::T(error.clone()));
        }
    }
    (router, document)
}

/// The OpenAPI document of the routes, as a node serves it at `/openapi.json`.
pub fn openapi() -> Document {
    documented().1
}

/// Which routes a listener serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    #[default]
    All,
    /// All but the metrics.
    WithoutMetrics,
    /// Metrics, `/healthz` and `/readyz`: for those who watch over the node.
    Watching,
}

/// The routes of these parts.
pub(crate) fn router(parts: Parts) -> Router<Api> {
    let watching = Router::new()
        .route("/healthz", get(ready::alive))
        .route("/readyz", get(ready::ready));
    let watching = match parts {
        Parts::All | Parts::Watching => watching.route("/metrics", get(metrics::metrics)),
        Parts::WithoutMetrics => watching.route("/metrics", get(metrics::elsewhere)),
    };
    if parts == Parts::Watching {
        return watching;
    }
    let (router, document) = documented();
    let document = std::sync::Arc::new(document);
    router
        .merge(watching)
        .route(
            "/openapi.json",
            get(move || async move { axum::Json((*document).clone()) }),
        )
        .route("/docs", get(web::docs))
        .route("/docs/", get(web::docs))
        .route("/docs/{file}", get(web::docs_file))
        .fallback(web::page)
}
