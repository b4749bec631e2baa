//! Stopping: what is in flight is finished, nothing new is begun.

use tokio::net::TcpStream;

use super::harness::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_is_finished_and_nothing_new_begun() {
    let mut server = start("").await;
    let mut idle = server.connect().await;
    idle.send(get("/dav/", ALICE)).await;
    idle.answer().await;
    let mut working = server.connect().await;
    working.send(put("/dav/wait", ALICE, "x")).await;
    let mut sending = server.connect().await;
    sending
        .send(put("/dav/x", ALICE, "hello").trim_end_matches("llo"))
        .await;
    let gate = server.gate.clone();
    tokio::task::spawn_blocking(move || gate.wait_for_someone())
        .await
        .unwrap();
    server.stop();
    assert!(idle.closed().await.is_empty());
    assert!(TcpStream::connect(server.address).await.is_err());
    sending.send("llo").await;
    assert!(sending.answer().await.text().contains("body=hello"));
    server.gate.open();
    assert_eq!(working.answer().await.status, 201);
    assert!(working.closed().await.is_empty());
    server.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_ends_is_not_waited_for_endlessly() {
    let mut server = start("shutdown_timeout = 0.2").await;
    let mut working = server.connect().await;
    working.send(put("/dav/wait", ALICE, "x")).await;
    let gate = server.gate.clone();
    tokio::task::spawn_blocking(move || gate.wait_for_someone())
        .await
        .unwrap();
    server.stop();
    let gate = server.gate.clone();
    server.stopped().await;
    gate.open();
}
