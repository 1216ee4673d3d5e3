use std::sync::Mutex;
async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); drop(g); tokio::task::yield_now().await; }
async fn g(m: &Mutex<u8>) { let g = m.lock().unwrap(); tokio::task::yield_now().await; drop(g); }   //~ TN010
#[tokio::main]
async fn main() {
    tokio::spawn(async {});                                                   //~ TN001
    let _ = tokio::spawn(async {});                                           //~ TN001
    let _h = tokio::spawn(async {});                                          //~ TN001
    drop(tokio::spawn(async {}));                                             //~ TN001
    let m = Mutex::new(1);
    f(&m).await; g(&m).await;
    let mut set = tokio::task::JoinSet::new(); set.spawn(async {});           //~ TN015
    let (_tx, mut rx) = tokio::sync::mpsc::unbounded_channel::<u8>();         //~ TN007
    std::thread::sleep(std::time::Duration::from_millis(1));                  //~ TN005 TN011
    loop { if let Some(x) = rx.recv().await { println!("{x}") } }             //~ TN008
}
