//! Accounts, addresses, app passwords, groups.
use super::{Result, Tx};
use crate::model::*;

pub struct NewUser<'a> {
    pub name: &'a str,
    pub display_name: &'a str,
    pub addresses: &'a [String],
    pub kind: UserKind,
    pub admin: bool,
    pub password_hash: &'a str,
    pub now: Instant,
}
pub fn create(_tx: &mut Tx, _new: &NewUser) -> Result<Option<User>> {
    todo!()
} // None: the name is taken
pub fn by_id(_tx: &mut Tx, _id: UserId) -> Result<Option<User>> {
    todo!()
}
pub fn by_name(_tx: &mut Tx, _name: &str) -> Result<Option<User>> {
    todo!()
}
pub fn by_address(_tx: &mut Tx, _address: &str) -> Result<Option<User>> {
    todo!()
}
pub fn all(_tx: &mut Tx) -> Result<Vec<User>> {
    todo!()
}
pub fn password_hash(_tx: &mut Tx, _id: UserId) -> Result<Option<String>> {
    todo!()
}
pub fn set_password(_tx: &mut Tx, _id: UserId, _hash: &str) -> Result<()> {
    todo!()
} // bumps epoch
pub fn set_disabled(_tx: &mut Tx, _id: UserId, _disabled: bool) -> Result<()> {
    todo!()
} // bumps epoch
pub fn set_display_name(_tx: &mut Tx, _id: UserId, _name: &str) -> Result<()> {
    todo!()
}
pub fn delete(_tx: &mut Tx, _id: UserId) -> Result<()> {
    todo!()
}
/// `(user's epoch, disabled, app password still valid at `now`)` in one indexed read: asked on every request.
pub fn standing(
    _tx: &mut Tx,
    _id: UserId,
    _app_password: Option<AppPasswordId>,
    _now: Instant,
) -> Result<Option<Standing>> {
    todo!()
}
pub struct Standing {
    pub epoch: i64,
    pub disabled: bool,
    pub app_password_valid: bool,
}

pub struct NewAppPassword<'a> {
    pub user: UserId,
    pub label: &'a str,
    pub secret_hash: &'a [u8],
    pub created: Instant,
    pub expires: Option<Instant>,
    pub read_only: bool,
    pub layers: Option<&'a [LayerId]>,
}
pub fn add_app_password(_tx: &mut Tx, _new: &NewAppPassword) -> Result<AppPasswordId> {
    todo!()
}
pub fn app_password_by_hash(
    _tx: &mut Tx,
    _user: UserId,
    _secret_hash: &[u8],
) -> Result<Option<AppPassword>> {
    todo!()
}
pub fn app_passwords(_tx: &mut Tx, _user: UserId) -> Result<Vec<AppPassword>> {
    todo!()
}
pub fn touch_app_password(_tx: &mut Tx, _id: AppPasswordId, _now: Instant) -> Result<()> {
    todo!()
}
pub fn revoke_app_password(_tx: &mut Tx, _user: UserId, _id: AppPasswordId) -> Result<bool> {
    todo!()
} // bumps epoch

pub fn create_group(_tx: &mut Tx, _name: &str, _display_name: &str) -> Result<Option<Group>> {
    todo!()
}
pub fn group_by_name(_tx: &mut Tx, _name: &str) -> Result<Option<Group>> {
    todo!()
}
pub fn groups(_tx: &mut Tx) -> Result<Vec<Group>> {
    todo!()
}
pub fn groups_of(_tx: &mut Tx, _user: UserId) -> Result<Vec<Group>> {
    todo!()
}
pub fn members(_tx: &mut Tx, _group: GroupId) -> Result<Vec<User>> {
    todo!()
}
pub fn add_member(_tx: &mut Tx, _group: GroupId, _user: UserId) -> Result<bool> {
    todo!()
}
pub fn remove_member(_tx: &mut Tx, _group: GroupId, _user: UserId) -> Result<bool> {
    todo!()
}
