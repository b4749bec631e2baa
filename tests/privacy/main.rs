//! What others see, from outside: a whole server asked by its owner and by everybody else.

mod anonymous;
mod house;
mod mirror;
#[path = "../support/xml.rs"]
mod xml;
