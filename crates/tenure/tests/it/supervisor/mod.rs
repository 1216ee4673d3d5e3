//! Supervisors (S17 to S32): every case of 6.3, by its id.
mod admin;
mod backoff;
mod groups;
mod intensity;
mod kept;
mod nested;
mod start;
mod stop;
mod types;
