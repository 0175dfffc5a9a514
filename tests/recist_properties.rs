//! What holds for every subject, whatever was seen: subjects are drawn from the whole space of facts, with settings of every
//! kind.

mod notation;

mod recist_properties {
    mod more_disease;
    mod one_subject;
    mod subjects;
    mod without_order;
}
