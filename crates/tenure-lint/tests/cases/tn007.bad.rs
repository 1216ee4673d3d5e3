use tokio::sync::mpsc;
//# module
fn f() { let (tx, rx) = mpsc::unbounded_channel::<u8>(); } //~ TN007
//# renamed
use tokio::sync::mpsc::unbounded_channel as chan;
fn f() { let (tx, rx) = chan::<u8>(); } //~ TN007
//# flume
fn f() { let (tx, rx) = flume::unbounded::<u8>(); } //~ TN007
//# full path
fn f() { let c = tokio::sync::mpsc::unbounded_channel::<u8>(); } //~ TN007
//# bare import
use tokio::sync::mpsc::unbounded_channel;
fn f() { let (tx, rx) = unbounded_channel::<u8>(); } //~ TN007
//# futures
fn f() { let (tx, rx) = futures::channel::mpsc::unbounded::<u8>(); } //~ TN007
//# futures_channel
use futures_channel::mpsc as fm;
fn f() { let (tx, rx) = fm::unbounded::<u8>(); } //~ TN007
//# async_channel
fn f() { let (tx, rx) = async_channel::unbounded::<u8>(); } //~ TN007
//# crossbeam
fn f() { let (tx, rx) = crossbeam::channel::unbounded::<u8>(); } //~ TN007
//# crossbeam_channel
use crossbeam_channel::unbounded;
fn f() { let (tx, rx) = unbounded::<u8>(); } //~ TN007
//# kanal
fn f() { let (tx, rx) = kanal::unbounded_async::<u8>(); } //~ TN007
//# kanal, blocking
fn f() { let (tx, rx) = kanal::unbounded::<u8>(); } //~ TN007
//# smol
fn f() { let (tx, rx) = smol::channel::unbounded::<u8>(); } //~ TN007
//# async-std
fn f() { let (tx, rx) = async_std::channel::unbounded::<u8>(); } //~ TN007
//# std, in async
async fn f() { let (tx, rx) = std::sync::mpsc::channel::<u8>(); } //~ TN007
//# group import
use tokio::sync::{mpsc::{self as m, Sender}, oneshot};
fn f() { let (tx, rx) = m::unbounded_channel::<u8>(); } //~ TN007
//# in a struct literal
struct S { c: (mpsc::UnboundedSender<u8>, mpsc::UnboundedReceiver<u8>) }
fn f() -> S { S { c: mpsc::unbounded_channel() } } //~ TN007
//# inside of a macro
fn f() { let all = vec![mpsc::unbounded_channel::<u8>()]; } //~ TN007
//# re-exported by a module
mod chan { pub use tokio::sync::mpsc::unbounded_channel; }
fn f() { let c = chan::unbounded_channel::<u8>(); } //~ TN007
//# import inside of the function
fn f() { use tokio::sync::mpsc::*; let (tx, rx) = unbounded_channel::<u8>(); } //~ TN007
//# in a function of that name
fn unbounded() -> (flume::Sender<u8>, flume::Receiver<u8>) { flume::unbounded() } //~ TN007
