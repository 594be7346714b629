use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::error::AppResult;
use crate::extract::Paging;
use crate::models::{PersonFilter, PersonOrder};

/// Which persons to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PersonListQuery {
    /// Only persons with this name.
    name: Option<String>,
    /// Who comes first: the oldest entry, unless said otherwise. By name only without `next_id`.
    #[serde(default)]
    #[param(required = false, inline)]
    order: PersonListOrder,
}

/// What persons can be ordered by; with a minus the other way round.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
pub enum PersonListOrder {
    /// The oldest entry first.
    #[default]
    #[serde(rename = "createdAt")]
    CreatedAt,
    /// The newest entry first.
    #[serde(rename = "-createdAt")]
    CreatedAtDescending,
    /// By name.
    #[serde(rename = "name")]
    Name,
    /// By name, from the end of the alphabet.
    #[serde(rename = "-name")]
    NameDescending,
}

impl PersonListQuery {
    /// What to ask the database for. A place in the order of names has no id: 422.
    pub(super) fn filter(self, paging: &Paging) -> AppResult<PersonFilter> {
        let order = match self.order {
            PersonListOrder::CreatedAt => PersonOrder::OldestFirst,
            PersonListOrder::CreatedAtDescending => PersonOrder::NewestFirst,
            PersonListOrder::Name => PersonOrder::Name,
            PersonListOrder::NameDescending => PersonOrder::NameDescending,
        };
        if matches!(order, PersonOrder::Name | PersonOrder::NameDescending) {
            paging.only_by_offset("order")?;
        }
        Ok(PersonFilter {
            name: self.name,
            order,
            after: paging.after(),
            limit: paging.limit(),
            offset: paging.offset(),
        })
    }
}
