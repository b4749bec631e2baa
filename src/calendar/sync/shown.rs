//! What changed for a viewer in layers of others. What they are told is what they may see now; a name is told as gone only
//! to those who could know it.

use std::collections::{HashMap, HashSet};

use super::{Change, Synced};
use crate::calendar::collection::{Collection, Source};
use crate::calendar::overlay;
use crate::calendar::token::{PartMark, ShownToken};
use crate::calendar::{Access, Error, Need, Refusal};
use crate::model::{Class, ItemId, LayerId};
use crate::privacy::{Door, pseudonymous};
use crate::store::audiences::{self, Stirred};
use crate::store::{self, changes, items, overlays};

type Visit<'v, E> = &'v mut dyn FnMut(Change) -> std::result::Result<(), E>;

/// Items that a walk over a layer reads at least at once, however little room a page has.
const STRETCH: usize = 500;

/// How much may still be told, and whether there was more.
struct Page {
    left: usize,
    truncated: bool,
}

impl Page {
    /// Room for so many at once, or there is more to tell than fits. What belongs together is told together, even past
    /// the end of a page that has begun.
    fn takes(&mut self, some: usize) -> bool {
        if self.left == 0 {
            self.truncated = true;
            return false;
        }
        self.left = self.left.saturating_sub(some.max(1));
        true
    }
}

impl Access<'_, '_> {
    pub(super) fn shown_since<E: From<Error> + From<store::Error>>(
        &mut self,
        of: &Collection,
        token: Option<&str>,
        at_most: usize,
        need: Need,
        visit: Visit<E>,
    ) -> std::result::Result<Synced, E> {
        let mut seen = match token {
            Some(text) => self.resume_shown(of, text)?,
            None => ShownToken::default(),
        };
        let mut page = Page {
            left: at_most,
            truncated: false,
        };
        for source in of.sources() {
            let from = seen.parts.get(&source.layer.id).copied();
            let own = from.as_ref().map_or(source.overlay, |mark| mark.overlay);
            let mut told = HashSet::new();
            let mut noting = |change: Change| {
                if let Change::Written(item) = &change
                    && own < source.overlay
                {
                    told.insert(item.id());
                }
                visit(change)
            };
            let mark = match from {
                Some(mark) if mark.reached.is_none() => {
                    let base = mark.base.unwrap_or(mark.number);
                    self.changes_of(source, (base, mark.number), &mut page, need, &mut noting)?
                }
                first => self.first_of(source, first, &mut page, need, &mut noting)?,
            };
            let mark = match mark {
                Some(mark) if page.truncated => Some(PartMark {
                    overlay: own,
                    ..mark
                }),
                Some(mark) => Some(PartMark {
                    overlay: self.overlays_of(source, own, &told, &mut page, need, visit)?,
                    ..mark
                }),
                None => None,
            };
            match mark {
                Some(mark) => seen.parts.insert(source.layer.id, mark),
                None => break,
            };
            if page.truncated {
                break;
            }
        }
        Ok(Synced {
            token: seen.seal(of),
            truncated: page.truncated,
        })
    }

    /// What the viewer has changed of their own after a number, unless it is told already; how far it is told.
    fn overlays_of<E: From<Error> + From<store::Error>>(
        &mut self,
        source: &Source,
        after: i64,
        told: &HashSet<ItemId>,
        page: &mut Page,
        need: Need,
        visit: Visit<E>,
    ) -> std::result::Result<i64, E> {
        let Some(sharee) = source.lens.sharee().filter(|_| after < source.overlay) else {
            return Ok(source.overlay);
        };
        let of = (sharee.user, source.layer.id);
        let mut reached = after;
        let at_most = page.left.saturating_add(told.len()).saturating_add(1);
        for (id, number) in overlays::since(self.tx, of, after, at_most)? {
            if !told.contains(&id) {
                let item = items::by_id(self.tx, id, need)?;
                if let Some(item) = self.seen(&source.lens, item)? {
                    if !page.takes(1) {
                        return Ok(reached);
                    }
                    visit(Change::Written(item))?;
                }
            }
            reached = number;
        }
        Ok(source.overlay)
    }

    /// A token, when it can still be answered from: every layer of it is still seen with the same eyes.
    fn resume_shown(&mut self, of: &Collection, text: &str) -> crate::calendar::Result<ShownToken> {
        let token = ShownToken::open(of, text).ok_or(Refusal::TokenExpired)?;
        let sources: HashMap<LayerId, &Source> =
            of.sources().iter().map(|it| (it.layer.id, it)).collect();
        for (layer, mark) in &token.parts {
            let source = sources.get(layer).ok_or(Refusal::TokenExpired)?;
            let horizon = match source.class {
                Some(_) => source.horizon,
                None if mark.number < source.number => changes::horizon(self.tx, *layer)?,
                None => 0,
            };
            let stands = horizon <= mark.base.unwrap_or(mark.number)
                && mark.number <= source.number
                && mark.overlay <= source.overlay;
            if !stands {
                return Err(Refusal::TokenExpired.into());
            }
        }
        Ok(token)
    }

    /// Everything there is of one layer. `None`: there was no room to begin.
    fn first_of<E: From<Error> + From<store::Error>>(
        &mut self,
        source: &Source,
        from: Option<PartMark>,
        page: &mut Page,
        need: Need,
        visit: Visit<E>,
    ) -> std::result::Result<Option<PartMark>, E> {
        let start = from.map_or(source.number, |mark| mark.number);
        let mut reached = from.and_then(|mark| mark.reached).unwrap_or(0);
        let lens = &source.lens;
        let own = overlay::all(self.tx, source.part(), need)?;
        // What is hidden takes no room on the page, so that a page may take more than one stretch of the layer.
        loop {
            let stretch = page.left.saturating_add(1).max(STRETCH);
            let mut walked = 0;
            let of = (source.layer.id, None);
            items::by_age(self.tx, of, ItemId(reached), stretch, need, &mut |item| {
                walked += 1;
                if page.truncated {
                    return Ok(());
                }
                let id = item.id;
                if let Some(item) = own.disclose(lens, item) {
                    if !page.takes(1) {
                        return Ok(());
                    }
                    visit(Change::Written(item))?;
                }
                reached = id.0;
                Ok::<_, E>(())
            })?;
            if page.truncated || walked < stretch {
                break;
            }
        }
        if page.truncated {
            return Ok(Some(PartMark::at(source, start, reached)));
        }
        // What changed during a walk over several pages was not told by it.
        if start < source.number {
            return self.changes_of(source, (start, start), page, need, visit);
        }
        Ok(Some(PartMark::of(source)))
    }

    /// What the class is to look at again after a number, told to somebody who knows what there was at `base`.
    fn changes_of<E: From<Error> + From<store::Error>>(
        &mut self,
        source: &Source,
        (base, after): (i64, i64),
        page: &mut Page,
        need: Need,
        visit: Visit<E>,
    ) -> std::result::Result<Option<PartMark>, E> {
        if after == source.number {
            return Ok(Some(PartMark::of(source)));
        }
        let Some(class) = source.class else {
            return self.own_changes(source, after, page, need, visit);
        };
        let mut stirred = Vec::new();
        let key = (source.layer.id, class);
        let one_more = page.left.saturating_add(1);
        let mut from = after;
        loop {
            let mut read = 0;
            audiences::since(self.tx, key, from, one_more, need, &mut |it| {
                (read, from) = (read + 1, it.number);
                // Of the others not even a name that tells nothing.
                if source.lens.covers(it.id) {
                    stirred.push(it);
                }
                Ok::<_, store::Error>(())
            })?;
            if read < one_more || stirred.len() >= one_more {
                break;
            }
        }
        let mut reached = after;
        for it in stirred {
            let number = it.number;
            let changes = self.told(source, it, base)?;
            if !page.takes(changes.len()) {
                return Ok(Some(PartMark::between(source, base, reached)));
            }
            for change in changes {
                visit(change)?;
            }
            reached = number;
        }
        Ok(Some(PartMark::of(source)))
    }

    /// What changed in a layer of the viewer's own, under the names that it has in a view.
    fn own_changes<E: From<Error> + From<store::Error>>(
        &mut self,
        source: &Source,
        after: i64,
        page: &mut Page,
        need: Need,
        visit: Visit<E>,
    ) -> std::result::Result<Option<PartMark>, E> {
        let mut reached = after;
        let one_more = page.left.saturating_add(1);
        changes::since(
            self.tx,
            source.layer.id,
            after,
            false,
            one_more,
            need,
            &mut |change| {
                if !page.takes(1) {
                    return Ok(());
                }
                let change = match change {
                    changes::Change::Written(item) => {
                        reached = item.number;
                        let gone = source.lens.own_name(&item.name);
                        let seen = source.lens.disclose(item);
                        seen.map_or(Change::Gone(gone), Change::Written)
                    }
                    changes::Change::Gone { name, number } => {
                        reached = number;
                        Change::Gone(source.lens.own_name(&name))
                    }
                };
                visit(change)
            },
        )?;
        let number = if page.truncated {
            reached
        } else {
            source.number
        };
        Ok(Some(PartMark {
            number,
            ..PartMark::of(source)
        }))
    }

    /// What is to be said of one item to somebody who knows what there was at a number.
    fn told(
        &mut self,
        source: &Source,
        stirred: Stirred,
        base: i64,
    ) -> crate::calendar::Result<Vec<Change>> {
        let Stirred {
            id,
            name,
            whole_until,
            masked_until,
            item,
            ..
        } = stirred;
        let seen = self.seen(&source.lens, item)?;
        let pseudonym = source.lens.names().map(|names| pseudonymous(&names.of(id)));
        let in_view = source.lens.door() == Door::View;
        // What comes into a part of a view and leaves it is noted as having changed.
        let knew_masked = masked_until > base
            || (in_view && whole_until > base)
            || source.class == Some(Class::DelegatePart);
        let knew_whole = whole_until > base && !in_view;
        let is_called = |name: &str| seen.as_ref().is_some_and(|item| item.name() == name);
        let mut changes = Vec::new();
        if knew_whole && !is_called(&name) && !self.stands_whole(source, &name)? {
            changes.push(Change::Gone(name));
        }
        if let Some(pseudonym) = pseudonym.filter(|it| knew_masked && !is_called(it))
            && !self.stands_whole(source, &pseudonym)?
        {
            changes.push(Change::Gone(pseudonym));
        }
        changes.extend(seen.map(Change::Written));
        Ok(changes)
    }

    /// Does another item stand under the name, for this viewer too?
    fn stands_whole(&mut self, source: &Source, name: &str) -> crate::calendar::Result<bool> {
        let item = items::find(self.tx, source.layer.id, name, Need::Index)?;
        let seen = item.and_then(|item| source.lens.disclose(item));
        Ok(seen.is_some_and(|item| item.is_whole() && item.name() == name))
    }
}
