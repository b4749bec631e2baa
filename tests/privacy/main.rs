//! What others see, from outside: a whole server asked by its owner and by everybody else.

mod alike;
mod anonymous;
mod enumeration;
mod existence;
mod handed;
mod house;
mod lessons;
mod mirror;
mod model;
mod open_view;
mod platform;
mod published;
mod remarks;
mod roles;
#[path = "../support/house.rs"]
mod rooms;
#[path = "../support/said.rs"]
mod said;
mod side_doors;
mod singly;
mod told;
mod tour;
#[path = "../support/xml.rs"]
mod xml;
