//! Every rule of the meaning, by hand.
