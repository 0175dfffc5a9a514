//! From the day of a scan to the visit it belongs to.

use crate::response::days_between;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What visits are counted from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "\"baseline\", a date column of subjects.csv, or one per arm: { SFRT = \"rt_end\", CRT = \"rt_end\" }"
)]
pub enum Anchor {
    /// The same for all: `baseline` or a date column.
    One(String),
    /// One for each arm.
    PerArm(BTreeMap<String, String>),
}

/// A planned visit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Its name, unique in the trial.
    pub name: String,
    /// Calendar months after the anchor.
    pub month: Option<i32>,
    /// Weeks after the anchor.
    pub week: Option<i32>,
    /// Days after the anchor.
    pub day: Option<i32>,
    /// Most days before or after the planned day.
    pub window_days: i32,
}

/// A scan later than this many days from every planned visit, and outside of their windows, is unscheduled.
const FAR_DAYS: i32 = 45;

/// Where a scan falls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Name of the visit, or `Unscheduled` with the day.
    pub visit: String,
    /// A planned visit.
    pub scheduled: bool,
    /// Days from the planned day, when that lies outside the window.
    pub outside_window_days: Option<i32>,
}

impl Anchor {
    /// The name of the anchor for an arm; `None` when the arm has none.
    pub fn of_arm(&self, arm: &str) -> Option<&str> {
        match self {
            Self::One(name) => Some(name),
            Self::PerArm(arms) => arms.get(arm).map(String::as_str),
        }
    }

    /// Every name used.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::One(name) => vec![name],
            Self::PerArm(arms) => arms.values().map(String::as_str).collect(),
        }
    }
}

impl Visit {
    /// The planned day. `month = n` adds calendar months: the 31st plus one month is the last day of the next.
    ///
    /// # Errors
    /// Not exactly one of month, week and day, or a day that no calendar has.
    pub fn planned(&self, anchor: Date) -> Result<Date, String> {
        let within = |n: i32, most: u32| n.unsigned_abs() <= most;
        let span = match (self.month, self.week, self.day) {
            (Some(n), None, None) if within(n, 1200) => n.months(),
            (None, Some(n), None) if within(n, 5200) => n.weeks(),
            (None, None, Some(n)) if within(n, 36_500) => n.days(),
            _ => {
                return Err(format!("visit `{}` must have exactly one of month, week or day, within a hundred years", self.name));
            }
        };
        anchor.checked_add(span).map_err(|error| format!("visit `{}`: {error}", self.name))
    }
}

/// The visit of every follow-up date (ascending). A date goes to the nearest visit; of several, the nearest date takes it.
pub fn assign_visits(visits: &[(String, Date, i32)], dates: &[Date]) -> Vec<Slot> {
    if visits.is_empty() {
        let numbered = |n| Slot { visit: format!("Follow-up {n}"), scheduled: true, outside_window_days: None };
        return (1..=dates.len()).map(numbered).collect();
    }
    let off = |date: Date, visit: &(String, Date, i32)| days_between(visit.1, date);
    let nearest: Vec<usize> =
        dates.iter().map(|&date| (0..visits.len()).min_by_key(|&visit| off(date, &visits[visit]).abs()).unwrap_or(0)).collect();
    let takes = |index: usize| {
        let rivals = (0..dates.len()).filter(|&other| nearest[other] == nearest[index]);
        rivals.min_by_key(|&other| (off(dates[other], &visits[nearest[index]]).abs(), other)) == Some(index)
    };
    (0..dates.len())
        .map(|index| {
            let visit = &visits[nearest[index]];
            let days = off(dates[index], visit);
            let inside = days.abs() <= visit.2;
            if takes(index) && (inside || days.abs() <= FAR_DAYS) {
                Slot { visit: visit.0.clone(), scheduled: true, outside_window_days: (!inside).then_some(days) }
            } else {
                Slot { visit: format!("Unscheduled {}", dates[index]), scheduled: false, outside_window_days: None }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn visit(month: i32) -> Visit {
        Visit { name: format!("Month {month}"), month: Some(month), week: None, day: None, window_days: 7 }
    }

    #[test]
    fn months_are_calendar_months() {
        assert_eq!(visit(3).planned(date(2005, 1, 10)), Ok(date(2005, 4, 10)));
        assert_eq!(visit(1).planned(date(2026, 1, 31)), Ok(date(2026, 2, 28)));
        let grid = Visit { month: None, week: Some(12), ..visit(3) };
        // Twelve weeks are 84 days, not three months.
        assert_eq!(grid.planned(date(2026, 1, 1)), Ok(date(2026, 3, 26)));
        assert!(Visit { week: Some(12), ..visit(3) }.planned(date(2026, 1, 1)).is_err());
        for month in [i32::MIN, -1201, 1201, i32::MAX] {
            assert!(visit(month).planned(date(2026, 1, 1)).is_err(), "{month} months are more than a hundred years");
        }
    }

    #[test]
    fn scans_fall_into_windows_are_flagged_outside_and_never_lost() {
        let plan: Vec<_> = [3, 6].map(|m| (format!("Month {m}"), visit(m).planned(date(2026, 1, 1)).unwrap(), 7)).into();
        let slots = assign_visits(&plan, &[date(2026, 3, 29), date(2026, 4, 3), date(2026, 7, 20), date(2026, 12, 1)]);
        let names: Vec<&str> = slots.iter().map(|slot| slot.visit.as_str()).collect();
        // 2 April is the plan: 3 April is nearer than 29 March. 20 July is 19 days late. December is far from any visit.
        assert_eq!(names, ["Unscheduled 2026-03-29", "Month 3", "Month 6", "Unscheduled 2026-12-01"]);
        assert_eq!(slots[1].outside_window_days, None);
        assert_eq!(slots[2].outside_window_days, Some(19));
    }
}
